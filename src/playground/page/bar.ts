import { commandFor } from '../command.ts'
import { asUsual, mostInLink, shortFragmentOf } from '../share.ts'
import { byId, element } from './element.ts'
import { profilesOf, type State, type Store } from './state.ts'
import { chooseTheme, storedTheme, themes } from './theme.ts'

/** A manifest that shows one thing. */
export interface Example {
  readonly title: string
  readonly sentence: string
  readonly manifest: string
  /** Profiles of its own, by file. */
  readonly profiles: Readonly<Record<string, string>>
}

/** The bar at the top: examples, a link to what the page shows, a command that gives the same, the theme. */
export function mountBar(store: Store, examples: readonly Example[]): void {
  mountExamples(store, examples)
  mountShare(store)
  mountCommand(store)
  mountTheme()
  byId('help-button').onclick = () => byId<HTMLDialogElement>('help').showModal()
}

function mountExamples(store: Store, examples: readonly Example[]): void {
  const menu = byId('examples')
  const items = examples.map(({ title, sentence, manifest, profiles }) => {
    const button = element(
      'button',
      { type: 'button' },
      element('strong', { textContent: title }),
      element('span', { textContent: sentence }),
    )
    button.onclick = () => {
      menu.hidePopover()
      store.set({
        manifest,
        edited: { ...store.state.edited, ...profiles },
        opened: Object.keys(profiles)[0] ?? store.state.opened,
        place: undefined,
        whatIf: asUsual,
        workload: 0,
        input: 'manifest',
        notice: { text: `Example: ${title}. ${sentence}` },
      })
    }
    return element('li', {}, button)
  })
  menu.replaceChildren(element('ul', {}, ...items))
}

function mountShare(store: Store): void {
  byId('share').onclick = async () => {
    const { manifest, edited, whatIf, workload, output, besides } = store.state
    const { against, samples } = besides
    const { fragment, leftOut } = await shortFragmentOf({
      ...{ manifest, edited, whatIf, workload, output },
      ...(against && { against }),
      ...(samples && { samples }),
    })
    if (fragment.length > longestLink) {
      store.set({ notice: { text: tooLong } })
      return
    }
    history.replaceState(null, '', `#${fragment}`)
    const copied = await isCopied(location.href)
    const done = copied ? 'The link is copied.' : 'The link is in the address bar: copy it from there.'
    const parts = [
      'the manifest',
      'the profiles that you changed',
      ...(samples || against ? ['what you compare'] : []),
    ]
    const holds =
      leftOut.length > 0
        ? `It would be too long with ${leftOut.join(' and ')}, which it does not hold.`
        : `It holds ${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}.`
    const isLong = fragment.length > mostInLink
    const long = isLong ? ` It has ${fragment.length} characters: some programs cut such a link.` : ''
    store.set({ notice: { text: `${done} ${holds}${long}` } })
  }
}

// Browsers take no longer addresses than one to two million characters.
const longestLink = 1_000_000
const tooLong =
  'The manifest and the profiles are too large for a link. The button "Save as a test" below the profile saves them.'

function mountCommand(store: Store): void {
  const dialog = byId<HTMLDialogElement>('command')
  const text = byId<HTMLPreElement>('command-text')
  const note = byId('command-note')
  byId('command-button').onclick = () => {
    text.textContent = commandOf(store.state)
    const { whatIf, answer } = store.state
    const isDenied = answer?.workloads.some(({ outcome }) => outcome === 'denied' || outcome === 'unreadable')
    note.textContent = whatIf.isSecondCall ? noSecondCall : isDenied ? noManifest : ''
    dialog.showModal()
  }
  byId('copy-command').onclick = async () => {
    const copied = await isCopied(text.textContent ?? '')
    if (!copied) getSelection()?.selectAllChildren(text)
    note.textContent = copied
      ? 'The command is copied.'
      : 'The browser does not allow copying: the text is selected.'
  }
}

const noManifest = 'A Pod is denied, so the command prints why, and no manifest.'
const noSecondCall = 'The command makes one call; the page shows the result of a second one.'

function commandOf(state: State): string {
  const { manifest, whatIf, shipped, edited, answer } = state
  const read = new Set(Object.keys(answer?.profileDiagnostics ?? {}))
  const isEdited = Object.keys(edited).length > 0
  const namespaces = answer?.workloads.flatMap(({ namespace }) => namespace ?? []) ?? []
  const profiles = isEdited ? profilesOf(state).filter(({ file }) => read.has(file)) : []
  return commandFor({ manifest, whatIf, flags: shipped.flags, profiles, namespaces })
}

function mountTheme(): void {
  const chooser = byId<HTMLSelectElement>('theme')
  chooser.value = storedTheme()
  chooser.onchange = () => chooseTheme(themes.find(theme => theme === chooser.value) ?? 'system')
}

/** Whether the text is in the clipboard now: a browser may forbid it, and has none without HTTPS. */
async function isCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
