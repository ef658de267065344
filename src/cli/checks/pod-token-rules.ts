import { onlyHas, sameBut, when } from './expressions.ts'

/**
 * What the token may do with Pods: dry runs in Pillion's namespace, and, with `variables.mayUpdatePods`, what a rollout does.
 *
 * An update changes only what the status of the Pod names. The status that the Pod has before the request decides, and a
 * request cannot add a container to it, so no container of the Pod's author can be changed, in however many steps. CEL
 * cannot parse the status, so regular expressions find its lists. Names in these lists have no quotes and no brackets, other
 * text in the status has its quotes escaped, and what is added to app containers stands below their names.
 */
export const podVariables = [
  { name: 'oldStatus', expression: statusIn('variables.oldMetadata') },
  { name: 'newStatus', expression: statusIn('variables.metadata') },
  { name: 'oldContainers', expression: listsIn('variables.oldStatus', '(?:initC|c)ontainers') },
  { name: 'newContainers', expression: listsIn('variables.newStatus', '(?:initC|c)ontainers') },
  { name: 'oldLabels', expression: listsIn('variables.oldStatus', 'labels') },
  { name: 'newLabels', expression: listsIn('variables.newStatus', 'labels') },
  { name: 'oldAnnotations', expression: listsIn('variables.oldStatus', 'annotations') },
  { name: 'newAnnotations', expression: listsIn('variables.newStatus', 'annotations') },
  { name: 'labels', expression: 'variables.metadata.?labels.orValue({})' },
  { name: 'labelsBefore', expression: 'variables.oldMetadata.?labels.orValue({})' },
  { name: 'annotations', expression: 'variables.metadata.?annotations.orValue({})' },
  { name: 'annotationsBefore', expression: 'variables.oldMetadata.?annotations.orValue({})' },
  {
    name: 'mayRollOut',
    expression:
      "variables.mayUpdatePods && namespaceObject.metadata.?labels[?'pillion.dev/rollout'].orValue('') != 'disabled'",
  },
  {
    name: 'keepsStatusLists',
    expression: line(`
      ${sameSet('variables.newContainers', 'variables.oldContainers')} &&
      ${sameSet('variables.newLabels', 'variables.oldLabels')} &&
      variables.newAnnotations.all(l, l in variables.oldAnnotations || l.split('"').all(k,
        !(k in variables.annotationsBefore) || ${isNamed('k', 'variables.oldAnnotations')}))`),
  },
  {
    name: 'changesNamedLabels',
    expression: line(`
      variables.labels.all(k, k in variables.labelsBefore && (variables.labels[k] == variables.labelsBefore[k] ||
        ${isNamed('k', 'variables.oldLabels')})) &&
      variables.labelsBefore.all(k, k in variables.labels)`),
  },
  {
    name: 'changesNamedAnnotations',
    expression: line(`
      variables.annotations.all(k, k == 'pillion.dev/status' || (k in variables.annotationsBefore ?
        variables.annotations[k] == variables.annotationsBefore[k] || ${isNamed('k', 'variables.oldAnnotations')} :
        ${isNamed('k', 'variables.newAnnotations')} && !k.matches(r'^([^/]*\\.)?(kubernetes\\.io|k8s\\.io|pillion\\.dev)/'))) &&
      variables.annotationsBefore.all(k, k in variables.annotations || ${isNamed('k', 'variables.oldAnnotations')})`),
  },
  { name: 'isPull', expression: pullPod() },
]

export const podTargets = ['/pods/', '/pods/resize', '/pods/eviction']

export const podValidations = [
  when(
    ['/pods/'],
    `request.operation != 'CREATE' || variables.isAtHome &&
     (request.?dryRun.orValue(false) || variables.mayUpdatePods && variables.isPull)`,
    'the token of Pillion may create Pods only in the namespace of Pillion: as dry runs, and with rollout.enabled Pods that pull an image',
  ),
  when(
    ['/pods/'],
    `request.operation != 'DELETE' || variables.mayUpdatePods && variables.isAtHome && oldObject != null &&
     oldObject.metadata.?labels[?'pillion.dev/pull'].orValue('') == 'true'`,
    'the token of Pillion may delete only Pods that pull an image, and only with rollout.enabled',
  ),
  when(
    ['/pods/'],
    "request.operation in ['CREATE', 'UPDATE', 'DELETE']",
    'the token of Pillion may not connect to Pods',
  ),
  when(
    ['/pods/', '/pods/resize'],
    `request.operation in ['CREATE', 'DELETE'] || variables.mayRollOut && variables.oldStatus != '' && variables.newStatus != '' &&
     variables.keepsStatusLists && variables.changesNamedLabels && variables.changesNamedAnnotations &&
     ${sameBut('variables.metadata', 'variables.oldMetadata', ['labels', 'annotations', 'managedFields', 'resourceVersion', 'generation'])} &&
     ${sameBut('object', 'oldObject', ['metadata', 'spec', 'status'])} &&
     ${sameBut('object.spec', 'oldObject.spec', ['containers', 'initContainers'])} &&
     ${changesNamed('containers')} && ${changesNamed('initContainers')}`,
    'the token of Pillion may change in a Pod only what its annotation pillion.dev/status names: images and resources of injected containers, labels and annotations; only with rollout.enabled, and not in a namespace labelled pillion.dev/rollout=disabled',
  ),
  when(
    ['/pods/eviction'],
    `request.operation == 'CREATE' && (variables.mayEvict || variables.mayRollOut)`,
    'the token of Pillion may evict Pods only if --sweep-evict is missed or with rollout.enabled',
  ),
]

/** Whether two lists have the same containers, in which only an injected one has another image or other resources. */
function changesNamed(list: string): string {
  const [now, before] = [`object.spec.?${list}.orValue([])`, `oldObject.spec.?${list}.orValue([])`]
  return `${now}.map(c, c.name) == ${before}.map(c, c.name) && ${now}.all(c, ${before}.exists(o, o.name == c.name && (o == c ||
    ${isNamed('c.name', 'variables.oldContainers')} && ${sameBut('c', 'o', ['image', 'resources'])})))`
}

/** Whether the object is a Pod that only makes a node pull an image: its container can never start, whatever the image has. */
function pullPod(): string {
  // Nothing that reaches into the node or into another object.
  const podFields = [
    'nodeName',
    'restartPolicy',
    'activeDeadlineSeconds',
    'terminationGracePeriodSeconds',
    'automountServiceAccountToken',
    'enableServiceLinks',
    'tolerations',
    'securityContext',
    'imagePullSecrets',
    'containers',
    'dnsPolicy',
    'schedulerName',
    'serviceAccount',
    'serviceAccountName',
    'priority',
    'priorityClassName',
    'preemptionPolicy',
  ]
  const containerFields = [
    'name',
    'image',
    'imagePullPolicy',
    'command',
    'env',
    'resources',
    'securityContext',
    'terminationMessagePath',
    'terminationMessagePolicy',
  ]
  const securityFields = [
    'allowPrivilegeEscalation',
    'readOnlyRootFilesystem',
    'capabilities',
    'runAsNonRoot',
    'runAsUser',
  ]
  return line(`
      object.metadata.name.matches('^pillion-pull-[0-9a-f]{16}$') &&
      ${onlyHas('object.metadata', ['name', 'namespace', 'labels', 'annotations', 'uid', 'creationTimestamp', 'generation', 'managedFields'])} &&
      object.metadata.?labels.orValue({}) == {'pillion.dev/pull': 'true'} &&
      ${onlyHas('object.spec', podFields)} && object.spec.?automountServiceAccountToken.orValue(true) == false &&
      object.spec.?serviceAccountName.orValue('default') == 'default' && object.spec.restartPolicy == 'Never' &&
      object.spec.?activeDeadlineSeconds.orValue(86400) <= 3600 && !object.spec.?priorityClassName.orValue('').startsWith('system-') &&
      object.spec.containers.size() == 1 && object.spec.containers.all(c,
        ${onlyHas('c', containerFields)} && c.?command.orValue([]) == ['/pillion-pull'] &&
        c.?resources.?requests.?cpu.orValue('') == '1m' && c.resources.requests.?memory.orValue('') == '1Mi' &&
        ${onlyHas('c.?securityContext.orValue({})', securityFields)} && c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false &&
        c.securityContext.?capabilities.orValue({}) == {'drop': ['ALL']} && c.?env.orValue([]).size() == 1 && c.env.all(e,
          e.?valueFrom.?configMapKeyRef.?name.orValue('') == 'pillion-pull' &&
          e.valueFrom.configMapKeyRef.key == 'never' && !e.valueFrom.configMapKeyRef.?optional.orValue(false)))`)
}

function statusIn(metadata: string): string {
  return `${metadata}.?annotations[?'pillion.dev/status'].orValue('')`
}

function listsIn(status: string, names: string): string {
  return `${status}.findAll(r'"${names}":\\[[^\\]]*\\]')`
}

function isNamed(key: string, lists: string): string {
  // Not the key of the list itself, which a colon follows.
  return `${lists}.exists(l, l.contains('"' + ${key} + '",') || l.contains('"' + ${key} + '"]'))`
}

function sameSet(a: string, b: string): string {
  return `${a}.all(l, l in ${b}) && ${b}.all(l, l in ${a})`
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
