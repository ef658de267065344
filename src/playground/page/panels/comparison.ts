import type { Against, RunningUpdate, WorkloadOutcome } from '../../protocol.ts'
import { element } from '../element.ts'
import { profilesOf, type State, type Store } from '../state.ts'
import { outcomeBadge } from './outcome-badge.ts'

/** Two revisions of a profile: A is a text that is kept, B is the one in the editor. */
export function mountComparison(host: HTMLElement, store: Store): void {
  const chooser = element('select', { id: 'compared-file' })
  const keep = element('button', { type: 'button' }, 'Keep the present text as A')
  const shipped = element('button', { type: 'button' }, 'Take the text it came with as A')
  const edit = element('button', { type: 'button' }, 'Edit B')
  const stop = element('button', { type: 'button' }, 'Stop comparing')
  const result = element('div', { className: 'compared' })
  host.append(
    element('h2', {}, 'Two revisions of a profile'),
    element(
      'p',
      { className: 'hint' },
      'Keep the text of a profile as revision A, edit it in the tab Profiles, and see here what the new text, revision B, changes in your Pods.',
    ),
    element('div', { className: 'field' }, element('label', { htmlFor: chooser.id }, 'Profile'), chooser),
    element('div', { className: 'buttons' }, keep, shipped, edit, stop),
    result,
  )
  const compareWith = (text: string | undefined) => {
    const { against: _, ...others } = store.state.besides
    const against = text === undefined ? {} : { against: { file: chooser.value, text } }
    store.set({ besides: { ...others, ...against } })
  }
  keep.onclick = () => compareWith(profilesOf(store.state).find(({ file }) => file === chooser.value)?.text)
  shipped.onclick = () => compareWith(shippedText(store.state, chooser.value))
  edit.onclick = () => store.set({ input: 'profiles', opened: chooser.value })
  stop.onclick = () => compareWith(undefined)
  chooser.onchange = () => {
    if (store.state.besides.against) compareWith(undefined)
    showButtons()
  }

  function showButtons(): void {
    const { besides, edited } = store.state
    keep.disabled = edit.disabled = chooser.value === ''
    shipped.disabled =
      edited[chooser.value] === undefined || shippedText(store.state, chooser.value) === undefined
    stop.disabled = besides.against === undefined
  }

  store.watch(
    state => JSON.stringify(profilesOf(state).map(({ file }) => file)),
    files => {
      const before = chooser.value
      chooser.replaceChildren(
        ...(JSON.parse(files) as string[]).map(file => element('option', { value: file }, file)),
      )
      chooser.value = store.state.besides.against?.file ?? (before || store.state.opened || '')
      // No file may be open in the editor of profiles.
      if (chooser.selectedIndex < 0) chooser.selectedIndex = 0
      showButtons()
    },
  )
  store.watch(
    ({ opened }) => opened,
    opened => {
      if (!store.state.besides.against && opened !== undefined) chooser.value = opened
      showButtons()
    },
  )
  store.watch(({ edited }) => edited, showButtons)
  store.watch(
    ({ besides }) => besides.against,
    against => {
      if (against) chooser.value = against.file
      showButtons()
    },
  )
  store.watch(
    ({ answer, besides }) => (besides.against ? answer : undefined),
    answer => {
      if (!answer?.against) result.replaceChildren()
      else result.replaceChildren(...comparedOf(answer.against, answer.workloads))
    },
  )
}

function shippedText({ shipped }: State, file: string): string | undefined {
  return shipped.profiles.find(each => each.file === file)?.text
}

function comparedOf(a: Against, workloads: readonly WorkloadOutcome[]): readonly HTMLElement[] {
  if (a.problems.length > 0)
    return [element('p', { className: 'problem' }, `Revision A is not valid: ${a.problems.join('; ')}`)]
  const rows = workloads.map((b, i) => {
    const cells = [outcomeBadge(a.workloads[i]), outcomeBadge(b), runningOf(a.workloads[i]?.update, a.policy)]
    const shown = cells.map((children, column) => {
      const cell = element('td', {}, ...children)
      // On a narrow screen, a row is a block, and its cells name their columns.
      cell.dataset['head'] = columns[column + 1]!
      return cell
    })
    return element('tr', {}, element('th', { scope: 'row' }, b.title), ...shown)
  })
  const heads = columns.map(text => element('th', { scope: 'col' }, text))
  const table = element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows),
  )
  const same = element('p', {}, 'Both revisions give the same result.')
  const policy = a.policy ? [element('p', { className: 'hint' }, policies[a.policy])] : []
  return [table, ...policy, a.diff === '' ? same : diffOf(a.diff)]
}

const columns = ['Workload', 'Revision A', 'Revision B', 'Pods that run with A']

const policies: Readonly<Record<NonNullable<Against['policy']>, string>> = {
  OnCreate:
    'spec.rollout.update is OnCreate, the default: Pods that run keep revision A until they are created again. With InPlace, they would change as shown.',
  InPlace:
    'spec.rollout.update is InPlace: Pillion changes Pods that run in place, and somebody must recreate the others.',
  Recreate:
    'spec.rollout.update is Recreate: Pillion evicts Pods that run, and only labels and annotations change in place.',
}

const ways: Readonly<Record<RunningUpdate['kind'], string>> = {
  none: 'nothing',
  metadata: 'in place: labels and annotations',
  images: 'in place: images',
  resources: 'in place: CPU and memory',
  recreate: 'recreate',
}

/** As `pillion plan` says it. */
function wayOf(kind: RunningUpdate['kind'], policy: Against['policy']): string {
  if (policy === 'InPlace' && kind === 'recreate') return 'recreate, by hand'
  return policy === 'Recreate' && (kind === 'images' || kind === 'resources') ? ways.recreate : ways[kind]
}

/** `in place: images`, and why or which fields. */
function runningOf(
  update: RunningUpdate | undefined,
  policy: Against['policy'],
): readonly (HTMLElement | string)[] {
  if (!update) return ['nothing']
  const { kind, fields, restarts, because = fields.join(', ') } = update
  const way = wayOf(kind, policy)
  const isInPlace = way !== ways.recreate && restarts.length > 0
  const restarted = isInPlace ? ` Restarts: ${restarts.join(', ')}.` : ''
  return [way, element('p', { className: 'hint' }, `${because}${because === '' ? '' : '.'}${restarted}`)]
}

/** The lines of a diff from A to B, coloured. */
function diffOf(diff: string): HTMLElement {
  const shown = element('pre', { className: 'lines', tabIndex: 0, ariaLabel: 'Diff from revision A to B' })
  shown.setAttribute('role', 'region')
  for (const line of diff.trimEnd().split('\n')) {
    const kind = /^[+-](?![+-]{2} )/.test(line) ? (line.startsWith('+') ? 'added' : 'removed') : ''
    shown.append(element('span', { className: kind }, `${line}\n`))
  }
  return shown
}
