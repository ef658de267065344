import type { WhatIf } from '../../protocol.ts'
import { element } from '../element.ts'
import type { Store } from '../state.ts'
import { mountComparison } from './comparison.ts'
import { pairsIn, pairsText } from './pairs.ts'

/** What the manifest does not say: the cluster, the namespace, a second call, and another revision of a profile. */
export function mount(host: HTMLElement, store: Store): void {
  const change = (what: Partial<WhatIf>) => store.set({ whatIf: { ...store.state.whatIf, ...what } })

  const version = element('select', {}, ...versions.map(each => element('option', { value: each }, each)))
  version.onchange = () => change({ kubernetesVersion: version.value })

  const namespace = element('input', { type: 'text', autocomplete: 'off', spellcheck: false })
  namespace.oninput = () => change({ namespace: namespace.value.trim() || 'default' })

  const enabled = element('input', { type: 'checkbox' })
  enabled.onchange = () => {
    const { [enabling.key]: _, ...others } = store.state.whatIf.namespaceLabels
    change({ namespaceLabels: enabled.checked ? { ...others, [enabling.key]: enabling.value } : others })
  }
  const labels = pairs('namespaceLabels')
  const annotations = pairs('namespaceAnnotations')

  const second = element('input', { type: 'checkbox' })
  second.onchange = () => change({ isSecondCall: second.checked })

  const comparison = element('section', { className: 'card', ariaLabel: 'Two revisions of a profile' })
  host.append(
    element(
      'section',
      { className: 'card', ariaLabel: 'Cluster' },
      element('h2', {}, 'Cluster'),
      field(
        'Kubernetes version',
        version,
        'Native sidecars need 1.29. Older clusters get regular containers.',
      ),
      tick(
        second,
        'The API server calls Pillion a second time',
        'It does so after another webhook changed the Pod. Nothing should be added again.',
      ),
    ),
    element(
      'section',
      { className: 'card', ariaLabel: 'Namespace' },
      element('h2', {}, 'Namespace'),
      field('Name', namespace, 'The namespace of workloads that name none.'),
      tick(
        enabled,
        `It has the label ${enabling.key}=${enabling.value}`,
        'Then the API server calls Pillion for every new Pod in it.',
      ),
      field('Labels', labels.input, 'One on each line, as key=value.', labels.problem),
      field(
        'Annotations',
        annotations.input,
        'One on each line, for example pillion.dev/inject=log-tail, which asks for a profile for all Pods.',
        annotations.problem,
      ),
    ),
    comparison,
  )
  mountComparison(comparison, store)

  store.watch(
    ({ whatIf }) => whatIf,
    whatIf => {
      if (![...version.options].some(({ value }) => value === whatIf.kubernetesVersion))
        version.append(element('option', { value: whatIf.kubernetesVersion }, whatIf.kubernetesVersion))
      version.value = whatIf.kubernetesVersion
      second.checked = whatIf.isSecondCall
      enabled.checked = whatIf.namespaceLabels[enabling.key] === enabling.value
      if (document.activeElement !== namespace) namespace.value = whatIf.namespace
      labels.show(whatIf.namespaceLabels)
      annotations.show(whatIf.namespaceAnnotations)
    },
  )

  function pairs(of: 'namespaceLabels' | 'namespaceAnnotations') {
    const input = element('textarea', { rows: 3, autocomplete: 'off', spellcheck: false })
    const problem = element('p', { className: 'problem' })
    input.oninput = () => {
      const { pairs, problem: wrong = '' } = pairsIn(input.value)
      problem.textContent = wrong
      change({ [of]: pairs })
    }
    return {
      input,
      problem,
      show: (now: Readonly<Record<string, string>>) => {
        // What somebody is typing is not replaced by what was understood of it.
        if (document.activeElement !== input) input.value = pairsText(now)
      },
    }
  }
}

const versions = ['1.37', '1.36', '1.35', '1.34', '1.33', '1.32', '1.31', '1.30', '1.29', '1.28']
const enabling = { key: 'pillion.dev/inject', value: 'enabled' }

function field(name: string, input: HTMLElement, hint: string, problem?: HTMLElement): HTMLElement {
  const id = `what-if-${name.toLowerCase().replaceAll(' ', '-')}`
  input.id = id
  input.setAttribute('aria-describedby', problem ? `${id}-hint ${id}-problem` : `${id}-hint`)
  const said = element('p', { id: `${id}-hint`, className: 'hint' }, hint)
  const row = element('div', { className: 'field' }, element('label', { htmlFor: id }, name), input, said)
  if (problem) row.append(Object.assign(problem, { id: `${id}-problem` }))
  return row
}

function tick(box: HTMLInputElement, text: string, hint: string): HTMLElement {
  const words = element('span', {}, text, element('span', { className: 'hint' }, hint))
  return element('label', { className: 'tick' }, box, words)
}
