// Charts of reports: bars, lines and heat maps, told apart by patterns and words, in the colours of the page.
import { init, use } from "echarts/core";
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, HeatmapChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

const PALETTE = ["--accent", "--green-dot", "--amber-dot", "--red-dot", "--ink-3", "--green", "--amber", "--line-strong"];
const MARKS = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle"];
const [PER_ROW, AROUND, LEAST] = [28, 120, 220]; // pixels of a heat map's row, of its axis and scale, of all of it
const drawn = new Map();

function colours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { ink: colour("--ink"), quiet: colour("--ink-2"), line: colour("--line"), raised: colour("--raised"), soft: colour("--accent-soft"), strong: colour("--accent"), onStrong: colour("--on-accent"), palette: PALETTE.map(colour), font: style.getPropertyValue("--font") };
}

const scale = ({ kind, unit }) => (value) => (kind === "share" ? `${value}%` : kind === "time" ? `${value} ${unit}` : `${value}`);
const extent = ({ kind }) => (kind === "share" ? { min: 0, max: 100 } : {}); // a half looks like one, and nothing like nothing
const isWhole = (data) => data.kind === "number" && data.series.every(({ values }) => values.every((value) => Number.isInteger(value ?? 0)));

function common(look) {
  return {
    animation: false,
    color: look.palette,
    textStyle: { fontFamily: look.font, color: look.ink },
    tooltip: { renderMode: "richText", confine: true, backgroundColor: look.raised, borderColor: look.line, textStyle: { color: look.ink } },
  };
}

const axis = (look) => ({ axisLine: { lineStyle: { color: look.quiet } }, axisLabel: { color: look.quiet, hideOverlap: true, showMaxLabel: true }, splitLine: { lineStyle: { color: look.line } } });

const ROOM = { number: 34, share: 44, time: 48 }; // pixels that a figure takes beside its neighbours

// The steps along a chart: each of them has its name, aslant where they stand close, as long as there is room at all.
function withNames(axis, { steps }, width) {
  const room = (width - 60) / steps.length; // beside the figures of the other axis
  if (room >= 20) Object.assign(axis.axisLabel, { interval: 0, hideOverlap: false, rotate: room < 64 ? 40 : 0 });
  return axis;
}
const inLines = (words) => words.replace(/^(\d+ \S+) /, "$1\n"); // two units of a time, one below the other

function over(data, look, width) {
  const type = data.show === "line" ? "line" : "bar";
  const filled = data.steps.filter((_step, at) => data.series.some(({ values }) => values[at])).length;
  const across = Math.max(1, type === "bar" ? filled * data.series.length : filled);
  const isFew = width / across > ROOM[data.kind], last = data.steps.length - 1; // the newest has its figure in any case
  return {
    ...common(look),
    aria: { enabled: true, label: { enabled: false }, decal: { show: type === "bar" && data.series.length > 1 } },
    grid: { left: 8, right: 16, top: data.series.length > 1 ? 44 : 24, bottom: 8, containLabel: true },
    legend: { show: data.series.length > 1, type: "scroll", top: 0, textStyle: { color: look.ink } },
    xAxis: withNames({ type: "category", data: data.steps, ...axis(look), splitLine: { show: false } }, data, width),
    yAxis: { type: "value", minInterval: isWhole(data) ? 1 : 0, ...extent(data), ...axis(look), axisLabel: { color: look.quiet, formatter: scale(data) } },
    series: data.series.map(({ name, values, words }, place) => ({
      type,
      name,
      data: values,
      symbol: MARKS[place],
      symbolSize: 8,
      barMaxWidth: 48,
      lineStyle: { type: ["solid", "dashed", "dotted"][place % 3], width: 2 },
      labelLayout: { hideOverlap: true },
      label: { show: true, position: "top", color: look.ink, textBorderColor: look.raised, textBorderWidth: 3, formatter: ({ dataIndex }) => (isFew || dataIndex === last ? (data.kind === "time" ? inLines(words[dataIndex]) : words[dataIndex]) : "") },
      tooltip: { valueFormatter: (_value, index) => words[index] },
    })),
  };
}

function heat(data, look) {
  const cells = data.series.flatMap(({ values, words }, y) => values.map((value, x) => ({ value: [x, y, value ?? "-"], words: words[x] })));
  const most = Math.max(1, ...data.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  for (const cell of cells) if (cell.value[2] > most / 2) cell.label = { color: look.onStrong };
  return {
    ...common(look),
    aria: { enabled: true, label: { enabled: false } },
    grid: { left: 8, right: 16, top: 8, bottom: 48, containLabel: true },
    xAxis: { type: "category", data: data.steps, ...axis(look), splitArea: { show: false } },
    yAxis: { type: "category", data: data.series.map(({ name }) => name), inverse: true, ...axis(look) },
    visualMap: { min: 0, max: most, orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, text: [scale(data)(most), "0"], textStyle: { color: look.quiet }, inRange: { color: [look.soft, look.strong] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: look.raised, borderWidth: 2 }, label: { show: true, color: look.ink, formatter: ({ data: cell }) => cell.words }, tooltip: { formatter: ({ data: cell }) => `${data.steps[cell.value[0]]} · ${data.series[cell.value[1]].name}: ${cell.words}` } }],
  };
}

// On paper the page is white, whatever the screen is.
const onWhite = (look) => ({ ...look, ink: "#000000", quiet: "#444444", line: "#cccccc", raised: "#ffffff" });

function draw(place, isPrinted = false) {
  const data = JSON.parse(place.dataset.chart);
  const chart = drawn.get(place);
  chart.setOption((data.show === "heat" ? heat : over)(data, isPrinted ? onWhite(colours()) : colours(), place.clientWidth), true);
}

const redraw = (isPrinted = false) => {
  for (const place of drawn.keys()) draw(place, isPrinted);
};

export function show(place) {
  const data = JSON.parse(place.dataset.chart);
  if (data.show === "heat") place.style.height = `${Math.max(LEAST, data.series.length * PER_ROW + AROUND)}px`;
  drawn.set(place, init(place, null, { renderer: "canvas" }));
  draw(place);
  new ResizeObserver(() => {
    drawn.get(place).resize();
    draw(place);
  }).observe(place);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
addEventListener("beforeprint", () => redraw(true));
addEventListener("afterprint", () => redraw());
