import type { FormAnswer, FormField, WorkloadAnswer } from '../../protocol.ts'
import { element } from '../element.ts'
import type { WriteAnnotation } from './write-annotations.ts'

type Parameter = WorkloadAnswer['asked'][number]['parameters'][number]

export interface ShownField {
  readonly row: HTMLElement
  readonly isRequired: boolean
  /** Shows the value, where it comes from, and what is wrong with it. */
  show(form: FormAnswer, workload: WorkloadAnswer | undefined): void
}

/** A field for a parameter: a choice where few values are allowed, else a line of text. */
export function fieldOf(
  profile: string,
  parameter: Parameter,
  known: FormField | undefined,
  write: WriteAnnotation,
): ShownField {
  const { annotation, name, description = '' } = parameter
  const isRequired = parameter.required === true
  const id = `field-${profile}-${name}`
  const input = inputOf(parameter)
  input.id = id
  input.setAttribute('aria-describedby', `${id}-hint ${id}-problem`)
  if (isRequired) input.setAttribute('aria-required', 'true')
  const from = element('span', { className: 'from' })
  const problem = element('p', { id: `${id}-problem`, className: 'problem' })
  const hint = [description, known?.accepts && `(${known.accepts})`].filter(Boolean).join(' ')
  const row = element(
    'div',
    { className: 'field' },
    element('label', { htmlFor: id }, name),
    from,
    input,
    element('p', { id: `${id}-hint`, className: 'hint' }, hint),
    problem,
  )
  input.oninput = () => write(annotation, input.value === '' ? undefined : input.value)
  return {
    row,
    isRequired,
    show({ written, fields }, workload) {
      const value = written[annotation] ?? ''
      const isFocused = input.getRootNode() instanceof Document && document.activeElement === input
      if (!isFocused && input.value !== value) showValue(input, value)
      const wrong = fields[annotation]?.problem ?? ''
      problem.textContent = wrong
      input.ariaInvalid = String(wrong !== '')
      from.textContent = fromText(parameter, written[annotation], resolvedIn(workload, annotation))
    },
  }
}

function inputOf(parameter: Parameter): HTMLInputElement | HTMLSelectElement {
  const { type, enum: allowed, default: usual, example } = parameter
  const values = type === 'boolean' ? [true, false] : allowed
  if (values) {
    const none = usual === undefined ? 'not set' : `${usual} (default)`
    const options = [element('option', { value: '' }, none)]
    return element('select', {}, ...options, ...values.map(value => option(String(value))))
  }
  const input = element('input', { type: 'text', autocomplete: 'off', spellcheck: false })
  const placeholder = usual ?? (example === undefined ? undefined : `for example ${example}`)
  if (placeholder !== undefined && placeholder !== '') input.placeholder = String(placeholder)
  if (type === 'integer') input.inputMode = 'numeric'
  return input
}

function option(value: string): HTMLOptionElement {
  return element('option', { value }, value)
}

/** A choice also shows a value that is not allowed, so that people see what the manifest has. */
function showValue(input: HTMLInputElement | HTMLSelectElement, value: string): void {
  if (input instanceof HTMLSelectElement && ![...input.options].some(each => each.value === value))
    input.append(option(value))
  input.value = value
}

function resolvedIn(workload: WorkloadAnswer | undefined, annotation: string): Parameter['resolved'] {
  const parameters = workload?.asked.flatMap(each => each.parameters) ?? []
  return parameters.find(each => each.annotation === annotation)?.resolved
}

function fromText(
  { required }: Parameter,
  written: string | undefined,
  resolved: Parameter['resolved'],
): string {
  if (written !== undefined) return 'set in the Pod'
  if (resolved?.from === 'namespace') return `from the namespace: ${resolved.value}`
  if (resolved?.from === 'default') return 'default'
  return required ? 'required' : 'not set'
}
