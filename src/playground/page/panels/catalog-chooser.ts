import type { FormAnswer } from '../../protocol.ts'
import { element } from '../element.ts'
import { type State, type Store, shownWorkload } from '../state.ts'
import { changedRequest, injectAnnotation } from './requested.ts'
import { whenFormChanges } from './when-form-changes.ts'
import { grouped, wishes } from './wishes.ts'
import { annotationWriter } from './write-annotations.ts'

/** The profiles that the workload can ask for, each with what people want of it. A tick writes the annotation. */
export function mount(host: HTMLElement, store: Store): void {
  const write = annotationWriter(store)
  const filter = element('input', { type: 'search', placeholder: 'log, metrics, TLS …', autocomplete: 'off' })
  const list = element('div', { className: 'wishes' })
  const none = element('p', { className: 'hint', hidden: true, textContent: 'No profile has these words.' })
  host.className = 'card'
  host.append(
    element('div', { className: 'card-head' }, element('h2', {}, 'I want …'), labelled('Filter', filter)),
    list,
    none,
  )
  let shown: readonly Choice[] = []
  let form: FormAnswer | undefined
  let offered = ''

  filter.oninput = showFiltered
  whenFormChanges(store, (latest, state) => {
    form = latest
    const asked = new Set(namesAsked(state))
    const names = JSON.stringify([latest.offered, shownWorkload(state)?.title])
    if (names !== offered) {
      offered = names
      shown = latest.offered.map(each => choice(each, isWanted => toggle(each.name, isWanted)))
      arrange(asked)
    }
    for (const { name, box } of shown) box.checked = asked.has(name)
  })
  store.watch(
    ({ input }) => input,
    () => {
      // A row that is ticked stays where it is until the tab is opened again.
      offered = ''
    },
  )

  /** Puts the rows into groups. */
  function arrange(asked: ReadonlySet<string>): void {
    const groups = grouped(shown, asked).map(({ title, items }) => {
      const rows = element('ul', { ariaLabel: title }, ...items.map(({ row }) => row))
      return element('section', {}, element('h3', {}, title), rows)
    })
    list.replaceChildren(...groups)
    list.scrollTop = 0
    showFiltered()
  }

  function toggle(name: string, isWanted: boolean): void {
    const written = form?.written ?? {}
    write(
      injectAnnotation,
      changedRequest(written[injectAnnotation], namesAsked(store.state), name, isWanted),
    )
    if (isWanted) return
    // Parameters of a profile that the Pod does not get would only be warned of.
    for (const key of Object.keys(written)) if (key.startsWith(`pillion.dev/${name}.`)) write(key, undefined)
  }

  function showFiltered(): void {
    const words = filter.value.toLowerCase().split(/\s/).filter(Boolean)
    for (const { row, text } of shown) row.hidden = !words.every(word => text.includes(word))
    for (const section of list.children)
      (section as HTMLElement).hidden = !section.querySelector('li:not([hidden])')
    none.hidden = shown.some(({ row }) => !row.hidden)
  }
}

interface Choice {
  readonly name: string
  /** Not of the catalog: it may have the name of one there, and do something else. */
  readonly isOwn: boolean
  readonly row: HTMLElement
  readonly box: HTMLInputElement
  readonly text: string
}

function choice(
  { file, name, description }: FormAnswer['offered'][number],
  tick: (is: boolean) => void,
): Choice {
  const wish = file === `catalog/${name}.yaml` ? wishes[name] : undefined
  const box = element('input', { type: 'checkbox' })
  box.onchange = () => tick(box.checked)
  const title = element('span', { className: 'wish' }, wish ?? (description || name))
  const more = element('span', { className: 'hint' }, element('code', {}, name))
  if (wish !== undefined && description !== '') more.append(` ${description}`)
  const row = element('li', {}, element('label', {}, box, element('span', {}, title, more)))
  return {
    name,
    isOwn: wish === undefined,
    row,
    box,
    text: `${name} ${wish ?? ''} ${description}`.toLowerCase(),
  }
}

function namesAsked(state: State): readonly string[] {
  return shownWorkload(state)?.asked.map(({ name }) => name) ?? []
}

function labelled(text: string, input: HTMLElement): HTMLElement {
  return element('label', {}, `${text} `, input)
}
