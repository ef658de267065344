import { EditorView } from '@codemirror/view'

/** How editors look: the colours are those of the page (playground.css), in both themes. */
export const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--code)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selection)',
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'var(--active-line)' },
  '.cm-gutters': { backgroundColor: 'var(--code)', color: 'var(--muted)', border: 'none' },
  // As high as the lines, which do not wrap. CodeMirror measures them only when they are on the screen.
  '.signs > .cm-gutterElement, .cm-lineNumbers > .cm-gutterElement + .cm-gutterElement': {
    height: '1.55em !important',
    flex: 'none',
  },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--selection)' },

  // Lines of the result and of the diff. The sign says the same as the colour.
  '.cm-line.added': { backgroundColor: 'var(--added)' },
  '.cm-line.removed': { backgroundColor: 'var(--removed)' },
  '.cm-line.hunk': { color: 'var(--muted)' },
  '.cm-line.traced': { boxShadow: 'inset 3px 0 var(--accent)', backgroundColor: 'var(--traced)' },
  '.cm-line.has-origin': { cursor: 'pointer' },
  '.signs': { minWidth: '1.4em', textAlign: 'center', color: 'var(--good)', fontWeight: '700' },

  // Problems.
  '.cm-lintRange-error, .cm-lintRange-warning, .cm-lintRange-info': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--bad) 1.5px',
    textUnderlineOffset: '3px',
    textDecorationSkipInk: 'none',
  },
  '.cm-lintRange-warning': { textDecorationColor: 'var(--warn)' },
  '.cm-lintRange-info': { textDecorationColor: 'var(--accent)' },
  '.cm-lintPoint-error:after': { borderBottomColor: 'var(--bad)' },
  '.cm-diagnostic': { padding: '6px 10px', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--warn)' },
  '.cm-diagnostic-info': { borderLeft: '4px solid var(--accent)' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
    borderRadius: '4px',
    padding: '3px 10px',
    margin: '4px 8px 2px 0',
    fontSize: '12px',
  },
  '.cm-diagnosticText': { display: 'block' },

  // Tooltips and completions.
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    boxShadow: 'var(--shadow)',
    fontFamily: 'var(--sans)',
    maxWidth: 'min(560px, 90vw)',
    overflow: 'hidden',
  },
  '.cm-tooltip .said': { padding: '8px 10px', margin: '0', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { color: 'inherit', opacity: '0.85' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 10px', whiteSpace: 'pre-wrap' },
})
