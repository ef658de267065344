import type { FormAnswer, WorkloadAnswer } from '../../protocol.ts'
import { element } from '../element.ts'
import { type Store, shownWorkload } from '../state.ts'
import { fieldOf, type ShownField } from './form-field.ts'
import { whenFormChanges } from './when-form-changes.ts'
import { annotationWriter } from './write-annotations.ts'

/** A form for the parameters of the profiles that the workload asks for. It writes the annotations. */
export function mount(host: HTMLElement, store: Store): void {
  const write = annotationWriter(store)
  let fields: readonly ShownField[] = []
  let structure: string | undefined

  whenFormChanges(store, (form, state) => {
    const workload = shownWorkload(state)
    const now = structureOf(workload)
    // The same fields stay: somebody may be typing in one of them.
    if (now !== structure) {
      structure = now
      const sections = (workload?.asked ?? []).map(profile => sectionOf(profile, form, write))
      fields = sections.flatMap(section => section.fields)
      host.replaceChildren(...(sections.length > 0 ? sections.map(({ card }) => card) : [nothing(workload)]))
    }
    for (const field of fields) field.show(form, workload)
  })
}

type Asked = WorkloadAnswer['asked'][number]

/** What decides which fields there are. */
function structureOf(workload: WorkloadAnswer | undefined): string {
  const asked = workload?.asked.map(({ name, description, parameters }) => [
    name,
    description,
    parameters.map(({ resolved: _, ...declared }) => declared),
  ])
  return JSON.stringify([workload?.title, asked])
}

function sectionOf(
  profile: Asked,
  form: FormAnswer,
  write: (key: string, value: string | undefined) => void,
) {
  const fields = profile.parameters.map(parameter =>
    fieldOf(profile.name, parameter, form.fields[parameter.annotation], write),
  )
  // What must be filled in comes first.
  const ordered = [
    ...fields.filter(({ isRequired }) => isRequired),
    ...fields.filter(field => !field.isRequired),
  ]
  const head = element('h2', {}, element('code', {}, profile.name))
  const card = element('section', { className: 'card', ariaLabel: `Parameters of ${profile.name}` }, head)
  if (profile.description !== '') card.append(element('p', { className: 'hint' }, profile.description))
  if (fields.length === 0) card.append(element('p', {}, 'This profile has no parameters.'))
  card.append(...ordered.map(({ row }) => row))
  return { card, fields }
}

function nothing(workload: WorkloadAnswer | undefined): HTMLElement {
  const text = workload
    ? `${workload.title} asks for no profile. Tick what you want, and the parameters appear here.`
    : 'The manifest has no workload. Write one, or choose one of the examples.'
  return element('p', { className: 'card hint', textContent: text })
}
