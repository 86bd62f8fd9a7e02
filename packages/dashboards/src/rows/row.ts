import type { PanelOptions } from '../panel.js';

/** A row of the dashboard and the panels under it. */
export interface Row {
  readonly id: number;
  readonly title: string;
  readonly panels: readonly PanelOptions[];
}
