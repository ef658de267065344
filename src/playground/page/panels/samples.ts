import type { Sample, SampleAnswer } from '../../protocol.ts'
import { element } from '../element.ts'
import { type Store, shownWorkload } from '../state.ts'
import { outcomeBadge } from './outcome-badge.ts'
import { saveTestButton } from './save-test.ts'
import { usualSamples } from './usual-samples.ts'

/** Manifests beside the one in the editor, each with the outcome of its workloads. */
export function mountSamples(host: HTMLElement, store: Store): void {
  const add = element('button', { type: 'button' }, 'Add the manifest')
  const usual = element('button', { type: 'button' }, 'Add usual Pods')
  const list = element('tbody')
  const heads = ['Sample', 'Outcome', ''].map(text => element('th', { scope: 'col', textContent: text }))
  heads[2]?.replaceChildren(element('span', { className: 'unseen' }, 'Actions'))
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...heads)), list)
  const empty = element(
    'p',
    { className: 'hint' },
    'See at each change of the profile what becomes of other Pods: of the manifest as it is now, or of a Deployment, a Job, a Pod with hostNetwork and a Pod for Windows that ask for the same profiles. A saved test is a folder for pillion test: the manifest, its profiles, and what Pillion does now.',
  )
  host.append(element('div', { className: 'buttons' }, add, usual, saveTestButton(store)), empty, table)

  const samples = () => store.state.besides.samples ?? []
  const setSamples = (next: readonly Sample[]) => {
    const { samples: _, ...others } = store.state.besides
    store.set({ besides: next.length > 0 ? { ...others, samples: next } : others })
  }
  const append = (more: readonly Sample[]) => {
    const names = new Set(more.map(({ name }) => name))
    setSamples([...samples().filter(({ name }) => !names.has(name)), ...more])
  }
  add.onclick = () =>
    append([{ name: shownWorkload(store.state)?.title ?? 'manifest', manifest: store.state.manifest }])
  usual.onclick = () => {
    const asked = shownWorkload(store.state)?.asked ?? []
    if (asked.length > 0) append(usualSamples(asked))
    else
      store.set({
        notice: { text: 'The manifest asks for no profile, so the usual Pods would not, either.' },
      })
  }

  store.watch(
    ({ besides }) => besides.samples,
    given => {
      table.hidden = !given
      empty.hidden = given !== undefined
    },
  )
  store.watch(
    ({ answer, answered }) => (answered?.samples ? answer?.samples : undefined),
    answers => {
      // The buttons of a row that stays keep the focus.
      const rows = (answers ?? []).map(each => rowOf(each))
      const shown = JSON.stringify(answers ?? [])
      if (shown !== list.dataset.shown) list.replaceChildren(...rows)
      list.dataset.shown = shown
    },
  )

  function rowOf({ name, problems, workloads }: SampleAnswer): HTMLElement {
    const outcome =
      problems.length > 0
        ? [element('span', { className: 'problem' }, problems.join('; '))]
        : workloads.map(each =>
            element('div', {}, ...outcomeBadge(each), element('p', { className: 'hint' }, each.message)),
          )
    const open = element('button', { type: 'button', ariaLabel: `Open ${name} as the manifest` }, 'Open')
    open.onclick = () => {
      const manifest = samples().find(each => each.name === name)?.manifest
      if (manifest !== undefined) store.set({ manifest, workload: 0, input: 'manifest' })
    }
    const remove = element('button', { type: 'button', ariaLabel: `Remove ${name}` }, 'Remove')
    remove.onclick = () => {
      setSamples(samples().filter(each => each.name !== name))
      add.focus()
    }
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', {}, ...outcome),
      element('td', {}, element('div', { className: 'buttons' }, open, remove)),
    )
  }
}
