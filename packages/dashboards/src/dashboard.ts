/** A Grafana dashboard as far as Porthole reads it; the JSON holds all of Grafana's schema. */

/** One query of a panel. */
export interface DashboardTarget {
  readonly refId: string;
  /** PromQL with Grafana's variables in it. */
  readonly expr: string;
}

/** A panel, or a row that the panels after it belong to. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly DashboardTarget[];
  /** A collapsed row holds its panels. */
  readonly panels?: readonly DashboardPanel[];
}

/** A dashboard that can be given to Grafana's API or provisioning as it is. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
}
