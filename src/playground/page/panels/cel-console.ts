import { element } from '../element.ts'
import { type Store, shownWorkload } from '../state.ts'

/** A line for a CEL expression, and what it gives on the Pod of the chosen workload. */
export function mountCelConsole(host: HTMLElement, store: Store): void {
  const input = element('input', {
    id: 'expression',
    type: 'text',
    autocomplete: 'off',
    spellcheck: false,
    placeholder: "pod.metadata.?labels.?app.orValue('none')",
  })
  const profile = element('select', { id: 'expression-profile' })
  const result = element('output', { id: 'expression-result', className: 'value' })
  result.setAttribute('for', `${input.id} ${profile.id}`)
  host.append(
    field('Expression', input),
    field('Parameters of', profile),
    element('div', { className: 'field' }, element('label', { htmlFor: result.id }, 'Value'), result),
  )
  let asked = 0

  async function evaluate(): Promise<void> {
    const now = ++asked
    const expression = input.value.trim()
    if (expression === '') {
      result.textContent = 'Write an expression: its value on the Pod of the manifest appears here.'
      result.className = 'value hint'
      return
    }
    const reply = await store
      .ask('evaluate', profile.value === '' ? undefined : profile.value, expression)
      .catch((error: Error) => ({ problem: error.message }))
    if (now !== asked) return
    const isValue = 'value' in reply
    result.textContent = isValue ? reply.value : reply.problem
    result.className = isValue ? 'value' : 'value problem'
  }

  input.oninput = () => void evaluate()
  profile.onchange = () => void evaluate()
  store.watch(
    state => JSON.stringify(shownWorkload(state)?.asked.map(({ name }) => name) ?? []),
    names => {
      const before = profile.value
      const known = JSON.parse(names) as readonly string[]
      const none = element('option', { value: '' }, 'no profile')
      profile.replaceChildren(none, ...known.map(name => element('option', { value: name }, name)))
      profile.value = known.includes(before) ? before : (known[0] ?? '')
    },
  )
  store.watch(
    ({ answer }) => answer,
    () => void evaluate(),
  )
}

function field(name: string, input: HTMLElement): HTMLElement {
  return element('div', { className: 'field' }, element('label', { htmlFor: input.id }, name), input)
}
