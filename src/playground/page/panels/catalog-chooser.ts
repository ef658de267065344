import type { FormAnswer } from '../../protocol.ts'
import { element } from '../element.ts'
import { type State, type Store, shownWorkload } from '../state.ts'
import { changedRequest, injectAnnotation } from './requested.ts'
import { whenFormChanges } from './when-form-changes.ts'
import { wishes } from './wishes.ts'
import { annotationWriter } from './write-annotations.ts'

/** The profiles that the workload can ask for, each with what people want of it. A tick writes the annotation. */
export function mount(host: HTMLElement, store: Store): void {
  const write = annotationWriter(store)
  const filter = element('input', { type: 'search', placeholder: 'log, metrics, TLS …', autocomplete: 'off' })
  const list = element('ul', { className: 'wishes' })
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
    const names = JSON.stringify(latest.offered)
    if (names !== offered) {
      offered = names
      shown = latest.offered.map(each => choice(each, isWanted => toggle(each.name, isWanted)))
      list.replaceChildren(...shown.map(({ row }) => row))
      showFiltered()
    }
    const asked = new Set(namesAsked(state))
    for (const { name, box } of shown) box.checked = asked.has(name)
  })

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
    none.hidden = shown.some(({ row }) => !row.hidden)
  }
}

interface Choice {
  readonly name: string
  readonly row: HTMLElement
  readonly box: HTMLInputElement
  readonly text: string
}

function choice(
  { file, name, description }: FormAnswer['offered'][number],
  tick: (is: boolean) => void,
): Choice {
  // Somebody's own profile may have the name of one of the catalog, and do something else.
  const wish = file === `catalog/${name}.yaml` ? wishes[name] : undefined
  const box = element('input', { type: 'checkbox' })
  box.onchange = () => tick(box.checked)
  const title = element('span', { className: 'wish' }, wish ?? (description || name))
  const more = element('span', { className: 'hint' }, element('code', {}, name))
  if (wish !== undefined && description !== '') more.append(` ${description}`)
  const row = element('li', {}, element('label', {}, box, element('span', {}, title, more)))
  return { name, row, box, text: `${name} ${wish ?? ''} ${description}`.toLowerCase() }
}

function namesAsked(state: State): readonly string[] {
  return shownWorkload(state)?.asked.map(({ name }) => name) ?? []
}

function labelled(text: string, input: HTMLElement): HTMLElement {
  return element('label', {}, `${text} `, input)
}
