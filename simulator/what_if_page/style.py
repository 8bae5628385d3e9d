"""How the what-if page looks: one style sheet, no fonts or pictures from elsewhere."""

from typing import Final

CSS: Final = """
.wi-page { max-width: 1240px; margin: 0 auto; color: #1a1a1a; font-size: 15px; line-height: 1.45; }
.wi-page .widget-html, .wi-page .widget-html-content, .wi-page .jupyter-widgets.widget-html
  { height: auto; overflow: visible; line-height: 1.45; font-size: 15px; min-width: 0; width: auto; }
.wi-page .widget-html-content { width: 100%; color: #1a1a1a; }
.wi-page h2.wi-title { font-size: 19px; line-height: 1.25; margin: 0 0 2px; font-weight: 650; }
.wi-page .wi-about { color: #555; margin: 0 0 8px; }
.wi-page h2 { font-size: 17px; margin: 4px 0 4px; font-weight: 650; }
.wi-page p { margin: 4px 0 8px; max-width: 72ch; }
.wi-columns { gap: 28px; align-items: flex-start; }
.wi-controls { gap: 2px; }
.wi-results { gap: 10px; }
.wi-control { padding: 6px 0; border-bottom: 1px solid #e4e4e4; overflow: visible; }
.wi-label { display: flex; gap: 6px; align-items: baseline; flex-wrap: wrap; }
.wi-label span, .wi-help, .wi-table th span, .wi-table td span { color: #595959; font-weight: 400; }
.wi-base { margin-left: auto; font-size: 13px; }
.wi-help { font-size: 13px; line-height: 1.35; }
.wi-badge { font-size: 13px; font-weight: 600; color: #0b4a6f; background: #e1f0fa; border-radius: 9px;
  padding: 1px 9px; vertical-align: 2px; }
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
.wi-page .wi-now, .wi-page .wi-told td:last-child { font-weight: 650; }
.wi-page .wi-correct th b { color: #00664b; }
.wi-share { display: inline-block; min-width: 3em; color: #1a1a1a !important; }
.wi-track { display: inline-block; width: 72px; height: 9px; background: #eee; margin-left: 6px; text-align: left;
  vertical-align: 0; }
.wi-bar { display: block; height: 9px; }
.wi-bar.wi-base { background: #9a9a9a; margin: 0; }
.wi-bar.wi-now { background: #0072b2; }
.wi-error { border-left: 4px solid #b3261e; background: #fdecea; padding: 8px 12px; color: #5f1410; }
.wi-error ul { margin: 4px 0 0; padding-left: 18px; }
.wi-error li { overflow-wrap: anywhere; }
.wi-stale { border-left: 4px solid #b26a00; background: #fff4e0; padding: 6px 12px; max-width: none; }
.wi-note { border-left: 4px solid #999; background: #f4f4f4; padding: 6px 12px; max-width: none; }
.wi-wait { color: #595959; }
.wi-old table { opacity: .45; }
.wi-no-answer { display: none; border-left: 4px solid #b3261e; background: #fdecea; padding: 6px 12px;
  color: #5f1410; }
.wi-silent p.wi-no-answer { display: block; }
.wi-waiting .wi-exact, .wi-waiting .wi-calendar, .wi-waiting .wi-take-home { opacity: .35; }
.wi-download { display: inline-block; padding: 6px 14px; border: 1px solid #0072b2; border-radius: 4px;
  color: #005a8e; text-decoration: none; font-weight: 600; }
.wi-download:hover, .wi-download:focus { background: #e1f0fa; }
.wi-page pre { white-space: pre-wrap; word-break: normal; overflow-wrap: break-word; background: #f4f4f4;
  padding: 8px 12px; font-size: 13px; border: none; margin: 4px 0; }
.wi-page .widget-slider, .wi-page .widget-dropdown { width: 100%; margin: 2px 0; min-width: 0; }
.wi-page .jupyter-button { min-width: 12em; height: 34px; font-size: 15px; width: auto; }
.wi-page .wi-replicates { width: 15em; }
.wi-run { flex-wrap: wrap; gap: 8px; align-items: center; overflow: visible; }
@media (max-width: 620px) { .wi-track { width: 40px; } .wi-page .wi-table th, .wi-page .wi-table td { padding: 4px; }
  .wi-page table.wi-table { font-size: 13px; } }
"""
