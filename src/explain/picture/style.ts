const light = {
  page: '#fafbfd',
  edge: '#dfe3ec',
  card: '#ffffff',
  cardEdge: '#cfd6e3',
  ink: '#1b2333',
  note: '#5b6579',
  line: '#7d879b',
  accent: '#5145d6',
  tint: '#f1f0ff',
  tintEdge: '#a9a2f3',
  init: '#b45309',
  sidecar: '#0f766e',
  app: '#475569',
  never: '#be123c',
  rule: '#e6e9f0',
}
const dark: typeof light = {
  page: '#12161f',
  edge: '#2a3242',
  card: '#1a202c',
  cardEdge: '#38435a',
  ink: '#e8ecf4',
  note: '#a0abc0',
  line: '#7c88a0',
  accent: '#aaa4ff',
  tint: '#221f43',
  tintEdge: '#6c63d9',
  init: '#fbbf24',
  sidecar: '#2dd4bf',
  app: '#94a3b8',
  never: '#fb7185',
  rule: '#2a3242',
}

/** The colours of each theme, and how each part is drawn. Text on coloured ground has a contrast of at least 4.5. */
export const style = `
.pillion{${colours(light)}font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:11.5px}
@media (prefers-color-scheme:dark){.pillion{${colours(dark)}}}
.pillion text{fill:var(--ink)}
.pillion .page{fill:var(--page);stroke:var(--edge)}
.pillion .title,.pillion .name,.pillion .row,.pillion .image{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.pillion .title{font-size:16px;font-weight:700}
.pillion .kind{font-size:13px}
.pillion .name{font-size:14px;font-weight:700}
.pillion .row{font-size:12px}
.pillion .image{font-size:11.5px}
.pillion .kind,.pillion .note,.pillion .image{fill:var(--note)}
.pillion .note.ending{fill:var(--ink)}
.pillion .section{font-weight:600;fill:var(--note)}
.pillion .card{fill:var(--card);stroke:var(--cardEdge)}
.pillion .card.more{fill:none;stroke-dasharray:4 4}
.pillion .end{fill:var(--card);stroke:var(--cardEdge)}
.pillion .card.injected,.pillion .end.injected{fill:var(--tint);stroke:var(--tintEdge)}
.pillion .row.injected,.pillion .badge-text{fill:var(--accent)}
.pillion .badge-text{font-weight:600}
.pillion .badge{fill:var(--tint);stroke:var(--tintEdge)}
.pillion path{fill:none}
.pillion .rule{stroke:var(--rule)}
.pillion .halo{stroke:var(--page);stroke-width:5}
.pillion .line{stroke:var(--line);stroke-width:1.5}
.pillion .icon{stroke:var(--line);stroke-width:1.2}
.pillion .line.injected,.pillion .icon.injected{stroke:var(--accent)}
.pillion .read-only{stroke-dasharray:4 3}
.pillion .dot,.pillion .arrow{fill:var(--line)}
.pillion .dot.injected,.pillion .arrow.injected{fill:var(--accent)}
.pillion .call{fill:var(--page);stroke:var(--line);stroke-width:1.5}
.pillion .call.injected{stroke:var(--accent)}
.pillion .life{stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
.pillion .join{stroke-width:1.5}
.pillion .leader{stroke:var(--edge);stroke-width:1.5}
.pillion .station{fill:var(--page);stroke-width:2}
.pillion .step{font-size:10.5px;font-weight:700}
${(
  [
    ['before', 'init'],
    ['after', 'sidecar'],
    ['first', 'app'],
    ['never', 'never'],
  ] as const
)
  .map(
    ([end, colour]) =>
      `.pillion .${end}:not(text){stroke:var(--${colour})}.pillion text.${end}{fill:var(--${colour})}`,
  )
  .join('\n')}
`

function colours(theme: typeof light): string {
  return Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join('')
}
