import { asUsual, sharedIn } from '../share.ts'
import { keepAnswering } from './answering.ts'
import { type Example, mountBar } from './bar.ts'
import { mountDiffView } from './diff-view.ts'
import { byId } from './element.ts'
import { firstState } from './first-state.ts'
import { mountManifestEditor } from './manifest-editor.ts'
import { mountNotice } from './notice.ts'
import { mountOutcome } from './outcome.ts'
import { mount as mountCatalogChooser } from './panels/catalog-chooser.ts'
import { mount as mountForm } from './panels/form.ts'
import { mount as mountWhatIf } from './panels/what-if.ts'
import { mount as mountWorkbench } from './panels/workbench.ts'
import { mountPictureView } from './picture-view.ts'
import { mountProfileEditor } from './profile-editor.ts'
import { mountResultView } from './result-view.ts'
import { createStore, inputs, outputs, type Shipped, type Store } from './state.ts'
import { wireTabs } from './tabs.ts'
import { mountTextViews } from './text-views.ts'
import { startWorker } from './worker-client.ts'

/** The build puts the examples here: src/playground/examples/. */
declare const playgroundExamples: readonly Example[]

const call = startWorker()
const store: Store = createStore(firstState(playgroundExamples[0]?.manifest ?? ''), (name, question, rest) =>
  call(name, [question, ...rest]),
)

wireTabList('inputs', 'input')
wireTabList('outputs', 'output')
mountBar(store, playgroundExamples)
mountNotice(store)
mountManifestEditor(store)
mountProfileEditor(store)
mountOutcome(store)
mountResultView(store)
mountDiffView(store)
mountPictureView(store)
mountTextViews(store)
mountCatalogChooser(byId('catalog-chooser'), store)
mountForm(byId('form'), store)
mountWhatIf(byId('what-if'), store)
mountWorkbench(byId('workbench'), store)
addEventListener('hashchange', () => void takeFragment())
await Promise.all([takeFragment(), takeProfiles()])
keepAnswering(store, call)

function wireTabList(id: string, side: 'input' | 'output'): void {
  const { show } = wireTabs<never>(byId(id), name => store.set({ [side]: name }))
  store.watch(
    state => state[side],
    name => show(name as never),
  )
}

/** Shows what the link holds. */
async function takeFragment(): Promise<void> {
  const fragment = location.hash.slice(1)
  if (fragment === '') return
  const shared = await sharedIn(fragment)
  if ('problem' in shared) {
    store.set({ notice: { text: shared.problem } })
    return
  }
  const { output, manifest, whatIf, against, samples, edited = {}, workload = 0 } = shared
  store.set({
    // Nothing of an earlier link stays, or the page would show something else than in another tab.
    edited,
    workload,
    whatIf: { ...asUsual, ...whatIf },
    besides: { ...(against && { against }), ...(samples && { samples }) },
    opened: Object.keys(edited)[0],
    ...(manifest !== undefined && { manifest: manifest.replace(/\r\n?/g, '\n') }),
    output: outputs.find(name => name === output) ?? store.state.output,
    input: inputs[0],
    // It may be about an earlier link.
    notice: undefined,
  })
}

async function takeProfiles(): Promise<void> {
  try {
    const response = await fetch('profiles.json')
    if (!response.ok) throw new Error(`the answer is ${response.status}`)
    const shipped = (await response.json()) as Shipped
    store.set({ shipped })
  } catch (error) {
    store.set({ notice: { text: `profiles.json cannot be loaded, so no profile is known: ${error}` } })
  }
}
