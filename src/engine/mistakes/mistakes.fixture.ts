import type { JsonObject } from '../../json/json.ts'

/** One mistake as people make it, and every warning that its author reads. */
export interface MistakeCase {
  readonly what: string
  readonly object: JsonObject
  readonly says: readonly string[]
}

/** Warnings without the parameters of a profile, of which the API server may change the order, and without its revisions. */
export function comparable(warnings: readonly string[]): readonly string[] {
  return warnings.map(warning =>
    warning.replace(/; its parameters: .*/, '').replace(/pin one of [0-9a-f, ]* /, 'pin one of … '),
  )
}

type Texts = Readonly<Record<string, string>>

interface Written {
  readonly annotations?: Texts
  readonly labels?: Texts
}

const pod = (spec: object = {}): JsonObject => ({
  containers: [{ name: 'app', image: 'example/app:1' }],
  ...spec,
})

/** A Deployment: its own metadata, and that of its template. */
export function deployment(
  own: Written,
  { labels, annotations = {} }: Written = {},
  spec: object = {},
): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'till', ...own },
    spec: {
      selector: { matchLabels: { app: 'till' } },
      template: { metadata: { labels: { app: 'till', ...labels }, annotations }, spec: pod(spec) },
    },
  } as JsonObject
}

export function cronJob(own: Written, ofJobs: Written = {}, ofPods: Written = {}): JsonObject {
  const template = { metadata: { ...ofPods }, spec: pod({ restartPolicy: 'Never' }) }
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'monthly', ...own },
    spec: { schedule: '0 3 * * *', jobTemplate: { metadata: { ...ofJobs }, spec: { template } } },
  } as JsonObject
}

export function namespaceObject(labels: Texts, annotations: Texts = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels, annotations } }
}

const asks = (value: string, more: Texts = {}): Written => ({
  annotations: { 'pillion.dev/inject': value, ...more },
})
const template = (...written: [Written, object?]) => deployment({}, ...written)
const available = 'available: log-tail, work-dir'
const denied = (message: string) => `the Pods of this Deployment would be denied: ${message}`
const unknown = (value: string, hint: string) =>
  denied(`UnknownProfile: the Pod asks for an unknown profile ${JSON.stringify(value)}; ${hint}${available}`)

/** With the profiles log-tail and work-dir of the catalog in use. */
export const workloadCases: readonly MistakeCase[] = [
  {
    what: 'the annotation on a Deployment itself',
    object: deployment(asks('log-tail')),
    says: [
      'annotation pillion.dev/inject has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/inject: log-tail under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'parameters on a Deployment itself, the request in its template',
    object: deployment({ annotations: { 'pillion.dev/log-tail.user': '1000' } }, asks('log-tail')),
    says: [
      'annotation pillion.dev/log-tail.user has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/log-tail.user: "1000" under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'a pinned revision on a Deployment itself',
    object: deployment({ annotations: { 'pillion.dev/log-tail.revision': '0123456789' } }, asks('log-tail')),
    says: [
      'annotation pillion.dev/log-tail.revision has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/log-tail.revision: "0123456789" under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'another request on the Deployment than in its template',
    object: deployment(asks('log-tail, work-dir'), asks('log-tail')),
    says: [
      'annotation pillion.dev/inject has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/inject: log-tail, work-dir under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'the annotation on a CronJob itself',
    object: cronJob(asks('log-tail')),
    says: [
      'annotation pillion.dev/inject has no effect on the CronJob itself; Pillion reads the template of its Pods: write pillion.dev/inject: log-tail under spec.jobTemplate.spec.template.metadata.annotations',
    ],
  },
  {
    what: 'the annotation in the template of the Jobs',
    object: cronJob({}, asks('log-tail')),
    says: [
      'annotation pillion.dev/inject has no effect in the template of its Jobs; Pillion reads the template of its Pods: write pillion.dev/inject: log-tail under spec.jobTemplate.spec.template.metadata.annotations',
    ],
  },
  {
    what: 'a label of the Pods',
    object: template({ labels: { 'pillion.dev/inject': 'log-tail' } }),
    says: [
      'label pillion.dev/inject has no effect here; Pillion reads annotations: write pillion.dev/inject: log-tail under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'the label of a namespace on a Deployment',
    object: deployment({ labels: { 'pillion.dev/inject': 'enabled' } }),
    says: [
      'label pillion.dev/inject has no effect here, because the label is for Namespaces; Pillion reads annotations: write pillion.dev/inject: NAME under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'a misspelt key',
    object: template({ annotations: { 'pillion.dev/injct': 'log-tail' } }),
    says: ['annotation pillion.dev/injct means nothing to Pillion; did you mean pillion.dev/inject?'],
  },
  {
    what: 'a misspelt key on the Deployment itself',
    object: deployment({ annotations: { 'pillion.dev/injects': 'log-tial' } }),
    says: [
      'annotation pillion.dev/injects has no effect on the Deployment itself; Pillion reads the template of its Pods: write pillion.dev/inject: log-tail under spec.template.metadata.annotations',
    ],
  },
  {
    what: 'a misspelt parameter, when nothing asks',
    object: template({ annotations: { 'pillion.dev/log-tail-path': '/logs' } }),
    says: [
      'annotation pillion.dev/log-tail-path means nothing to Pillion; did you mean pillion.dev/log-tail.path?',
    ],
  },
  {
    what: 'a parameter, when nothing asks',
    object: template({ annotations: { 'pillion.dev/log-tail.path': '/logs' } }),
    says: [
      'annotation pillion.dev/log-tail.path has no effect: the Pod does not get profile log-tail; to get it, write pillion.dev/inject: log-tail',
    ],
  },
  {
    what: 'a parameter of another profile',
    object: template(asks('work-dir', { 'pillion.dev/log-tail.path': '/logs' })),
    says: ['annotation pillion.dev/log-tail.path has no effect: the Pod does not get profile log-tail'],
  },
  ...['pillion.io/inject', 'sidecar.pillion.dev/inject', 'pillion/inject'].map(key => ({
    what: `the domain of ${key}`,
    object: template({ annotations: { [key]: 'log-tail' } }),
    says: [`annotation ${key} means nothing to Pillion; write pillion.dev/inject: log-tail`],
  })),
  {
    what: 'another domain of a parameter',
    object: template(asks('log-tail', { 'pillion.io/log-tail.path': '/logs' })),
    says: [
      'annotation pillion.io/log-tail.path means nothing to Pillion; write pillion.dev/log-tail.path: /logs',
    ],
  },
  ...['true', 'enabled'].map(word => ({
    what: `"${word}" in place of names`,
    object: template(asks(word)),
    says: [unknown(word, 'write names of profiles, for example pillion.dev/inject: log-tail; ')],
  })),
  ...['false', 'disabled'].map(word => ({
    what: `"${word}" in place of none`,
    object: template(asks(word)),
    says: [unknown(word, 'to opt out, write pillion.dev/inject: none; ')],
  })),
  ...['log-tail work-dir', 'log-tail; work-dir'].map(value => ({
    what: `no comma in ${value}`,
    object: template(asks(value)),
    says: [unknown(value, 'commas separate profiles: pillion.dev/inject: log-tail, work-dir; ')],
  })),
  {
    what: 'an unknown profile',
    object: template(asks('log-tial')),
    says: [unknown('log-tial', 'did you mean "log-tail"? ')],
  },
  {
    what: 'an unknown profile in a CronJob',
    object: cronJob({}, {}, asks('log-tial')),
    says: [unknown('log-tial', 'did you mean "log-tail"? ').replace('Deployment', 'CronJob')],
  },
  {
    what: 'an unknown parameter',
    object: template(asks('log-tail', { 'pillion.dev/log-tail.pth': '/logs' })),
    says: [
      denied(
        'UnknownParameter: annotation pillion.dev/log-tail.pth: profile log-tail has no such parameter; did you mean pillion.dev/log-tail.path?',
      ),
    ],
  },
  {
    what: 'an invalid value of a parameter',
    object: template(asks('log-tail', { 'pillion.dev/log-tail.user': 'root' })),
    says: [denied('InvalidParameter: annotation pillion.dev/log-tail.user: "root" is not an integer')],
  },
  {
    what: 'a pinned revision that does not exist',
    object: template(asks('log-tail', { 'pillion.dev/log-tail.revision': '0123456789' })),
    says: [
      denied(
        'UnknownRevision: annotation pillion.dev/log-tail.revision: profile log-tail has no revision "0123456789"; pin one of … (the newest first), or remove the annotation',
      ),
    ],
  },
  {
    what: 'a conflict',
    object: template(asks('work-dir'), { volumes: [{ name: 'work-dir', configMap: { name: 'x' } }] }),
    says: [denied('Conflict: profile work-dir: volume "work-dir" is in use by the Pod for something else')],
  },
]

/** The same profiles, and a Namespace `team`. */
export const namespaceCases: readonly MistakeCase[] = [
  {
    what: 'the annotation without the label',
    object: namespaceObject({}, { 'pillion.dev/inject': 'log-tail' }),
    says: [
      'annotation pillion.dev/inject has no effect, because namespace team does not have the label pillion.dev/inject=enabled; run: kubectl label namespace team pillion.dev/inject=enabled',
    ],
  },
  {
    what: 'the annotation with another value of the label',
    object: namespaceObject({ 'pillion.dev/inject': 'enable' }, { 'pillion.dev/inject': 'log-tail' }),
    says: [
      'annotation pillion.dev/inject has no effect, because namespace team has the label pillion.dev/inject=enable instead of pillion.dev/inject=enabled; run: kubectl label namespace team pillion.dev/inject=enabled --overwrite',
    ],
  },
  {
    what: 'a label with the name of a profile',
    object: namespaceObject({ 'pillion.dev/inject': 'log-tail' }),
    says: [
      'label pillion.dev/inject=log-tail does not enable the namespace; run: kubectl label namespace team pillion.dev/inject=enabled --overwrite, and write the annotation pillion.dev/inject: log-tail',
    ],
  },
  {
    what: 'a misspelt label',
    object: namespaceObject({ 'pillion.dev/injct': 'enabled' }),
    says: [
      'label pillion.dev/injct=enabled means nothing to Pillion; to enable the namespace, run: kubectl label namespace team pillion.dev/inject=enabled',
    ],
  },
  {
    what: 'an unknown profile',
    object: namespaceObject({ 'pillion.dev/inject': 'enabled' }, { 'pillion.dev/inject': 'log-tial' }),
    says: [
      `namespace team asks for an unknown profile "log-tial"; did you mean "log-tail"? ${available}; its Pods without their own annotation are denied`,
    ],
  },
  {
    what: 'the word of the label in the annotation',
    object: namespaceObject({ 'pillion.dev/inject': 'enabled' }, { 'pillion.dev/inject': 'enabled' }),
    says: [
      `namespace team asks for an unknown profile "enabled"; the annotation has names of profiles; the word is for the label pillion.dev/inject=enabled; ${available}; its Pods without their own annotation are denied`,
    ],
  },
  {
    what: 'an unknown parameter, and an invalid one',
    object: namespaceObject({}, { 'pillion.dev/log-tail.pth': '/logs', 'pillion.dev/log-tail.user': 'root' }),
    says: [
      'annotation pillion.dev/log-tail.pth: profile log-tail has no such parameter; did you mean pillion.dev/log-tail.path?',
      'annotation pillion.dev/log-tail.user: "root" is not an integer',
    ],
  },
  {
    what: 'a pinned revision that does not exist',
    object: namespaceObject({}, { 'pillion.dev/log-tail.revision': 'latest' }),
    says: [
      'annotation pillion.dev/log-tail.revision of namespace team: "latest" is not a revision, which has 10 hex digits; pin one of … (the newest first), or remove the annotation',
    ],
  },
  {
    what: 'another domain',
    object: namespaceObject({}, { 'pillion.io/inject': 'log-tail' }),
    says: ['annotation pillion.io/inject means nothing to Pillion; write pillion.dev/inject: log-tail'],
  },
  {
    what: 'a level that does not exist',
    object: namespaceObject({ 'pillion.dev/sidecar-profiles': 'restrict' }),
    says: [
      'label pillion.dev/sidecar-profiles must be one of privileged, baseline, restricted; did you mean "restricted"?',
    ],
  },
]
