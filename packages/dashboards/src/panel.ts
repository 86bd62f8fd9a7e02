/** The contents of a panel, as data, and Grafana's panel of it: all of one look. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type Panel, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A panel. Ids are fixed by hand: links to a panel must outlive changes of the dashboard. */
export interface PanelOptions {
  readonly id: number;
  readonly title: string;
  /** The meaning of the panel, and what to do if it looks wrong. */
  readonly description: string;
  /** A unit of Grafana's (`s`, `bytes`, `percentunit`, …). */
  readonly unit: string;
  /** PromQL and the name of its series. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** `stat` is the last value, `states` a timeline of 1 and 0. @defaultValue `'lines'` */
  readonly kind?: 'lines' | 'stacked' | 'stat' | 'states';
  /** Columns of the 24. @defaultValue 8; of a `stat` 6 */
  readonly columns?: number;
}

/** The data source of all panels and variables: the dashboard's own variable. */
export const DATASOURCE: { readonly type: string; readonly uid: string } = {
  type: 'prometheus',
  uid: '$' + '{datasource}',
};

/** Grafana's panel of `options`. */
export function createPanel(options: PanelOptions): Builder<Panel> {
  const { kind = 'lines', queries } = options;
  const panel = panelOfKind(kind)
    .id(options.id)
    .title(options.title)
    .description(options.description)
    .datasource(DATASOURCE)
    .unit(options.unit)
    .height(kind === 'stat' ? 4 : 8)
    .span(options.columns ?? (kind === 'stat' ? 6 : 8));
  for (const [index, [expr, legend]] of queries.entries()) {
    const refId = String.fromCharCode('A'.charCodeAt(0) + index);
    const query = new DataqueryBuilder().refId(refId).datasource(DATASOURCE).expr(expr).legendFormat(legend);
    panel.withTarget(kind === 'stat' ? query.instant() : query.range());
  }
  return panel;
}

function panelOfKind(kind: NonNullable<PanelOptions['kind']>): StatBuilder | StateTimelineBuilder | TimeSeriesBuilder {
  if (kind === 'stat') return new StatBuilder();
  if (kind === 'states') return new StateTimelineBuilder().min(0).max(1).mappings([PASSING_OR_FAILING]).fillOpacity(80);
  const lines = new TimeSeriesBuilder()
    .min(0)
    .fillOpacity(kind === 'stacked' ? 40 : 8)
    .legend(
      new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Table).showLegend(true).calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  return kind === 'stacked' ? lines.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : lines;
}

const PASSING_OR_FAILING: ValueMapping = {
  type: MappingType.ValueToText,
  options: {
    '1': { text: 'passing', color: 'green', index: 0 },
    '0': { text: 'failing', color: 'red', index: 1 },
  },
};
