import { byId, element } from './element.ts'
import { type Store, shownWorkload } from './state.ts'

/** The strip above the tabs: what happens to the workload. It is a live region. */
export function mountOutcome(store: Store): void {
  const status = byId('outcome')
  const chooser = byId<HTMLSelectElement>('workload')
  const label = byId('workload-label')
  chooser.onchange = () => store.set({ workload: chooser.selectedIndex })
  store.watch(
    state => textOf(state),
    (text, state) => {
      const { badge, title, message } = JSON.parse(text) as Shown
      const kind = (badge !== '…' && shownWorkload(state)?.outcome) || 'none'
      status.replaceChildren(
        element('strong', { className: `badge ${kind}`, textContent: badge }),
        element('span', { className: 'title', textContent: title }),
        element('span', { className: 'message', textContent: message }),
      )
    },
  )
  store.watch(
    ({ answer }) =>
      JSON.stringify(answer?.workloads.map(({ title, outcome }) => `${title}: ${outcome}`) ?? []),
    (text, { workload }) => {
      const titles = JSON.parse(text) as readonly string[]
      label.hidden = titles.length < 2
      chooser.replaceChildren(...titles.map(title => element('option', { textContent: title })))
      chooser.selectedIndex = Math.min(workload, titles.length - 1)
    },
  )
  store.watch(
    ({ workload }) => workload,
    workload => {
      chooser.selectedIndex = workload
    },
  )
}

interface Shown {
  readonly badge: string
  readonly title: string
  readonly message: string
}

/** As one string, so that the region is only read out when it says something else. */
function textOf(state: Store['state']): string {
  return JSON.stringify(shownOf(state))
}

function shownOf(state: Store['state']): Shown {
  if (state.isSlow) return { badge: '…', title: '', message: 'The playground is working on what you wrote.' }
  if (state.fault !== undefined) return { badge: 'fault', title: '', message: state.fault }
  if (!state.answer) return { badge: '…', title: '', message: '' }
  const workload = shownWorkload(state)
  if (!workload) {
    const wrong = state.answer.manifestDiagnostics.find(({ severity }) => severity === 'error')
    const message = wrong?.message ?? 'Nothing in the manifest makes Pods.'
    return { badge: 'none', title: 'No workload', message }
  }
  const { outcome, title, reason, message } = workload
  return { badge: outcome, title: reason && reason !== 'Injected' ? `${title} (${reason})` : title, message }
}
