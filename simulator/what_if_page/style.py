"""How the what-if page looks: one style sheet, no fonts or pictures from elsewhere."""

from typing import Final

CSS: Final = """
.jp-OutputArea-output:has(> .wi-page), .jp-OutputArea-child:has(.wi-page), .jp-OutputArea:has(.wi-page)
  { overflow: visible !important; }
body:has(.wi-page) .jp-MarkdownOutput h1 { font-size: 24px; line-height: 1.2; margin: 0 0 6px; }
.wi-page { max-width: 1240px; margin: 0 auto; color: #1a1a1a; font-size: 15px; line-height: 1.45; overflow: visible; }
.wi-page .widget-html, .wi-page .widget-html-content, .wi-page .jupyter-widgets.widget-html
  { height: auto; overflow: visible; line-height: 1.45; font-size: 15px; min-width: 0; width: auto; margin: 0; }
.wi-page .widget-html-content { width: 100%; color: #1a1a1a; }
.wi-page h2.wi-title { font-size: 19px; line-height: 1.25; margin: 0 0 2px; font-weight: 650; }
.wi-page .wi-about { color: #555; margin: 0 0 8px; }
.wi-page h2 { font-size: 17px; margin: 4px 0 4px; font-weight: 650; }
.wi-page h3 { font-size: 15px; margin: 4px 0 6px; font-weight: 650; }
.wi-page h4 { font-size: 14px; margin: 2px 0 4px; font-weight: 600; }
.wi-page p { margin: 4px 0 8px; max-width: 72ch; }
.wi-page .wi-columns { display: grid; gap: 4px 28px; overflow: visible;
  grid-template: "controls answer" auto "controls rest" 1fr / minmax(0, 340px) minmax(0, 1fr); }
.wi-page .wi-first { grid-area: answer; position: sticky; top: 0; z-index: 5; background: #fff; overflow: visible;
  padding-bottom: 4px; }
.wi-page .wi-controls { grid-area: controls; gap: 2px; overflow: visible; }
.wi-page .wi-results { grid-area: rest; gap: 10px; overflow: visible; }
.wi-control { padding: 6px 0; border-bottom: 1px solid #e4e4e4; overflow: visible; }
.wi-label { display: flex; gap: 6px; align-items: baseline; flex-wrap: wrap; }
.wi-label span, .wi-help, .wi-table th span, .wi-table td span { color: #595959; font-weight: 400; }
.wi-base { font-size: 13px; }
.wi-label .wi-base { margin-left: auto; }
.wi-help { font-size: 13px; line-height: 1.35; }
.wi-badge { font-size: 13px; font-weight: 600; color: #0b4a6f; background: #e1f0fa; border-radius: 9px;
  padding: 1px 9px; vertical-align: 2px; }
.wi-tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; }
.wi-tile { border: 1px solid #d5d5d5; border-radius: 6px; padding: 6px 10px; display: flex; flex-direction: column;
  line-height: 1.25; }
.wi-tile.wi-told-tile { border-color: #0072b2; background: #f3f9fd; }
.wi-tile b { font-size: 22px; font-variant-numeric: tabular-nums; }
.wi-tile .wi-name { font-weight: 600; font-size: 14px; }
.wi-tile .wi-spread, .wi-tile .wi-change { font-size: 13px; color: #595959; }
.wi-told-tile .wi-change { color: #005a8e; font-weight: 600; }
.wi-scroll { overflow-x: auto; }
.wi-page table.wi-table { border-collapse: collapse; font-size: 14px; margin: 2px 0 8px; min-width: 100%; }
.wi-page .wi-table caption { caption-side: top; text-align: left; color: #595959; padding: 2px 0; font-size: 13px; }
.wi-page .wi-table th, .wi-page .wi-table td { text-align: right; padding: 4px 8px; vertical-align: top;
  font-variant-numeric: tabular-nums; background: none; }
.wi-page .wi-table td { white-space: nowrap; }
.wi-page .wi-table td:last-child { white-space: normal; }
.wi-page .wi-table th:first-child { text-align: left; font-weight: 400; }
.wi-page .wi-table thead th { border-bottom: 1.5px solid #999; font-weight: 600; vertical-align: bottom; }
.wi-page .wi-table tbody tr { border-bottom: 1px solid #ececec; background: none; }
.wi-page td.wi-now, .wi-page .wi-told td:last-child { font-weight: 650; }
.wi-page .wi-correct th b { color: #00664b; }
.wi-share { display: inline-block; min-width: 3em; color: #1a1a1a !important; }
.wi-track { display: inline-block; width: 72px; height: 9px; background: #eee; margin-left: 6px; text-align: left;
  vertical-align: 0; }
.wi-bar { display: block; height: 9px; }
.wi-bar.wi-base, .wi-long.wi-base, .wi-swatch.wi-base { background: #9a9a9a; margin: 0; }
.wi-bar.wi-now, .wi-long.wi-now, .wi-swatch.wi-now { background: #0072b2; }
.wi-swatch { display: inline-block; width: 22px; height: 8px; margin: 0 4px 0 10px !important; vertical-align: 1px; }
.wi-page .wi-key { margin: 0 0 4px -10px; font-size: 13px; }
.wi-pictures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 28px; }
.wi-picture { min-width: 0; }
.wi-curve { width: 100%; max-width: 560px; height: auto; display: block; }
.wi-curve text { font-size: 15px; fill: #595959; }
.wi-grid { stroke: #e4e4e4; }
.wi-line { fill: none; stroke-width: 3; }
.wi-line.wi-base { stroke: #9a9a9a; }
.wi-line.wi-now { stroke: #0072b2; }
.wi-said, .wi-page p.wi-said { font-size: 13px; color: #595959; }
.wi-pair { display: grid; grid-template-columns: minmax(0, 13em) minmax(40px, 1fr) 7.5em; gap: 8px;
  align-items: center; font-size: 13px; line-height: 1.25; padding: 1.5px 0; }
.wi-pair.wi-stage .wi-pair-name { font-weight: 600; }
.wi-pair.wi-exit .wi-pair-name, .wi-pair.wi-outcome .wi-pair-name { padding-left: 12px; color: #595959; }
.wi-pair.wi-exit .wi-now, .wi-pair.wi-outcome .wi-now { background: #7fb8d8; }
.wi-pair.wi-exit .wi-base, .wi-pair.wi-outcome .wi-base { background: #cfcfcf; }
.wi-bars { display: flex; flex-direction: column; gap: 1px; }
.wi-long { display: block; height: 6px; }
.wi-pair-number { text-align: right; font-variant-numeric: tabular-nums; color: #595959; white-space: nowrap; }
.wi-pair-number b { display: inline-block; min-width: 3.6em; color: #1a1a1a; }
.wi-panels { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; }
.wi-panel .wi-pair { grid-template-columns: minmax(0, 11em) minmax(40px, 1fr) 5.5em; }
.wi-panel .wi-pair-name { font-weight: 400 !important; }
.wi-error { border-left: 4px solid #b3261e; background: #fdecea; padding: 8px 12px; color: #5f1410; }
.wi-page ul { margin: 4px 0 0; padding-left: 18px; }
.wi-page li { overflow-wrap: anywhere; }
.wi-page p.wi-stale { border-left: 4px solid #b26a00; background: #fff4e0; padding: 6px 12px; max-width: none; }
.wi-note { border-left: 4px solid #999; background: #f4f4f4; padding: 6px 12px; max-width: none; }
.wi-page p.wi-wait { color: #595959; margin: 0; }
.wi-old table, .wi-old .wi-tiles, .wi-old .wi-pictures { opacity: .45; }
.wi-no-answer { display: none; border-left: 4px solid #b3261e; background: #fdecea; padding: 6px 12px;
  color: #5f1410; }
.wi-silent p.wi-no-answer { display: block; }
.wi-waiting .wi-exact, .wi-waiting .wi-calendar, .wi-waiting .wi-take-home, .wi-waiting .wi-answer-place,
.wi-waiting .wi-pictures-place { opacity: .35; }
.wi-download { display: inline-block; padding: 6px 14px; border: 1px solid #0072b2; border-radius: 4px;
  color: #005a8e; text-decoration: none; font-weight: 600; }
.wi-download:hover, .wi-download:focus { background: #e1f0fa; }
.wi-page pre { white-space: pre-wrap; word-break: normal; overflow-wrap: break-word; background: #f4f4f4;
  padding: 8px 12px; font-size: 13px; border: none; margin: 4px 0; }
.wi-page .widget-slider, .wi-page .widget-dropdown, .wi-page .widget-text
  { width: 100%; margin: 2px 0; min-width: 0; }
.wi-page .jupyter-button { min-width: 5em; height: 34px; font-size: 15px; width: auto; }
.wi-page .wi-opened { display: none; }
.wi-page .wi-run-button { min-width: 10em; }
.wi-page .wi-replicates { width: 15em; flex: 0 1 15em; }
.wi-page .wi-run { flex-wrap: wrap; gap: 8px; align-items: center; overflow: visible; }
.wi-page .wi-going { gap: 8px; align-items: center; min-height: 22px; overflow: visible; }
.wi-page .wi-bar-of-run { visibility: hidden; width: 120px; height: 12px; min-width: 60px; margin: 0; }
.wi-page .wi-bar-of-run.wi-under-way { visibility: visible; }
@media (max-width: 820px) {
  .wi-page .wi-columns { grid-template: "answer" auto "controls" auto "rest" auto / minmax(0, 1fr); }
  .wi-pictures { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 620px) {
  body:has(.wi-page) .jp-MarkdownOutput h1 { font-size: 17px; }
  body:has(.wi-page) .jp-MarkdownOutput p { display: none; }
  .wi-track { width: 40px; }
  .wi-page table.wi-table { font-size: 12px; }
  .wi-page .wi-table th:first-child span { font-size: 11px; }
  .wi-page .wi-table th, .wi-page .wi-table td { padding: 4px 2px; }
  .wi-page h2.wi-title { font-size: 16px; }
  .wi-page .wi-lead { display: none; }
  .wi-page .wi-about { margin: 0 0 2px; font-size: 13px; }
  .wi-tiles { gap: 4px; }
  .wi-tile { padding: 3px 6px; }
  .wi-tile b { font-size: 18px; }
  .wi-tile .wi-name, .wi-tile .wi-spread, .wi-tile .wi-change { font-size: 12px; }
  .wi-page .wi-replicates { flex: 1 1 7em; width: 7em; }
  .wi-page .wi-run-button { min-width: 8em; }
  .wi-pair { grid-template-columns: minmax(0, 9.5em) minmax(30px, 1fr) 6.5em; gap: 6px; }
  .wi-curve text { font-size: 22px; }
}
"""
