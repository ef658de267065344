import { describe, expect, it } from 'vitest'
import { asked, edited, shown } from './analysis.fixture.ts'
import { createAnalysis } from './analysis.ts'

const analysis = createAnalysis()
const file = 'own/p.yaml'

function diagnosticsOf(text: string) {
  const question = asked('', { profiles: [{ file, text }], opened: file })
  const found = analysis.answer(question).profileDiagnostics[file] ?? []
  // Advice is about more than one field.
  return found.filter(({ severity }) => severity !== 'info')
}

const head = 'apiVersion: pillion.dev/v1alpha1\nkind: ClusterSidecarProfile\nmetadata: { name: p }\nspec:\n'
const image = `registry.example/p:1@sha256:${'0'.repeat(64)}`
const container = (more: string) =>
  `${head}  parameters:\n    path: { type: string, default: /logs }\n  containers:\n    - name: p\n      image: ${image}\n      resources: { requests: { cpu: 1m, memory: 1Mi }, limits: { memory: 1Mi } }\n${more}`

describe('a problem in a profile is fixed', () => {
  it.each([
    {
      what: 'a field that is misspelt',
      text: container('').replace('containers:', 'conainers:'),
      underlined: 'conainers',
      label: 'Rename it to containers',
      gives: '\n  containers:\n',
    },
    {
      what: 'a field of core/v1 in a flow map',
      text: container('      ports: [{ "contanerPort": 8080 }]\n'),
      underlined: 'contanerPort',
      label: 'Rename it to containerPort',
      gives: 'ports: [{ "containerPort": 8080 }]',
    },
    {
      what: 'a field that does not exist',
      text: container('      frequency: 5\n'),
      underlined: 'frequency: 5',
      label: 'Remove frequency',
      gives: 'limits: { memory: 1Mi } }\n',
    },
    {
      what: 'a number where a text is wanted',
      text: container('      env:\n        - name: LEVEL\n          value: 5 # verbose\n'),
      underlined: 'value: 5 # verbose',
      label: 'Put 5 into quotes',
      gives: 'value: "5" # verbose',
    },
    {
      what: 'a text where a number is wanted',
      text: container('      ports:\n        - containerPort: "8080"\n'),
      underlined: 'containerPort: "8080"',
      label: 'Write 8080 without quotes',
      gives: '- containerPort: 8080\n',
    },
    {
      what: 'a text where true or false is wanted',
      text: container("      securityContext:\n        runAsNonRoot: 'true'\n"),
      underlined: "runAsNonRoot: 'true'",
      label: 'Write true without quotes',
      gives: 'runAsNonRoot: true\n',
    },
    {
      what: 'a value that is not one of those allowed',
      text: container('').replace('spec:\n', 'spec:\n  onConflict: keeep\n'),
      underlined: 'keeep',
      label: 'Replace "keeep" by "keep"',
      gives: 'onConflict: keep\n',
    },
    {
      what: 'a parameter that is not declared, wherever the text has it',
      text: container('      args: ["$(params.pth)/a:$(params.pth)/b:$(params.path)"]\n'),
      underlined: 'params.pth',
      label: 'Replace "params.pth" by "params.path"',
      gives: 'args: ["$(params.path)/a:$(params.path)/b:$(params.path)"]',
    },
    {
      what: 'a variable of CEL',
      text: container('      when: pid.metadata.name != params.path\n'),
      underlined: 'pid',
      label: 'Replace "pid" by "pod"',
      gives: 'when: pod.metadata.name',
    },
    {
      what: 'a function of CEL, in a block of text',
      text: container('      args:\n        - |\n          $(params.path.startWith("/") ? "a" : "b")\n'),
      underlined: 'startWith',
      label: 'Replace "startWith" by "startsWith"',
      gives: '$(params.path.startsWith("/")',
    },
    {
      what: 'a condition with $( )',
      text: container('      when: $(params.path != "")\n'),
      underlined: '$(params.path != "")',
      label: 'Replace "$(params.path != \\"\\")" by "params.path != \\"\\""',
      gives: 'when: params.path != ""\n',
    },
    {
      what: 'a volume that a mount names',
      text: container(
        '      volumeMounts: [{ name: log, mountPath: /logs }]\n  volumes:\n    - name: logs\n      emptyDir: {}\n',
      ),
      underlined: 'log',
      label: 'Replace "log" by "logs"',
      gives: '{ name: logs, mountPath: /logs }',
    },
    {
      what: 'a default that is not allowed',
      text: container('').replace('default: /logs', 'default: /log, enum: [/logs, /data]'),
      underlined: '/log',
      label: 'Replace "/log" by "/logs"',
      gives: 'default: /logs, enum',
    },
    {
      what: 'an expression that YAML reads as a map',
      text: container(
        "      args:\n        - first\n      workingDir: $(params.path == 'a' ? 'b: c' : 'd')\n",
      ),
      underlined: "$(params.path == 'a' ? 'b: c' : 'd')",
      label: 'Put the value into quotes',
      gives: "workingDir: '$(params.path == ''a'' ? ''b: c'' : ''d'')'\n",
    },
    {
      what: 'a number that kubectl apply refuses',
      text: container('').replace('cpu: 1m', 'cpu: 0.5'),
      underlined: 'cpu: 0.5, memory: 1Mi }, limits: { memory: 1Mi } }',
      label: 'Put 0.5 into quotes',
      gives: 'cpu: "0.5"',
    },
  ])('$what', ({ text, underlined, label, gives }) => {
    const found = diagnosticsOf(text)
    const [first] = found.filter(each => each.fixes.length > 0)
    expect(first && shown(text, first)).toMatchObject({ fixes: [label] })
    expect(text.slice(first!.from, first!.to)).toBe(underlined)
    const now = edited(text, first!.fixes[0]!.edits)
    expect(now).toContain(gives)
    expect(diagnosticsOf(now)).toEqual([])
  })

  it('in the second of several documents, and in a list', () => {
    const valid = container('')
    const wrong = valid.replace('name: p }', 'name: q }').replace('containers:', 'conainers:')
    const second = `${valid}---\n${wrong}`
    const [problem] = diagnosticsOf(second)
    expect(edited(second, problem!.fixes[0]!.edits)).toBe(second.replace('conainers', 'containers'))
    const list = `apiVersion: v1\nkind: List\nitems:\n  - ${wrong.trimEnd().replaceAll('\n', '\n    ')}\n`
    const [inList] = diagnosticsOf(list)
    expect(edited(list, inList!.fixes[0]!.edits)).toBe(list.replace('conainers', 'containers'))
  })

  it('and a problem of which nothing is known has no fix', () => {
    const text = container('').replace('image:', 'imagePullPolicy: Sometimes\n      image:')
    const found = diagnosticsOf(text).filter(({ severity }) => severity === 'error')
    expect(found.map(({ fixes }) => fixes)).toEqual([[]])
  })
})
