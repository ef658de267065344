import { isObject, type Json, type JsonObject, metadataOf } from '../../src/json/json.ts'

/** What another mutating webhook, or somebody with a kubectl, does to a Pod that has its sidecars already. */
export type Meddling = keyof typeof changes

export const meddlings = () => Object.keys(changes) as Meddling[]

export function meddled(pod: JsonObject, meddling: readonly Meddling[]): JsonObject {
  return meddling.reduce((changed, one) => changes[one](changed), pod)
}

const specOf = (pod: JsonObject): JsonObject => (isObject(pod['spec']) ? pod['spec'] : {})
const listIn = (object: JsonObject, key: string): readonly JsonObject[] =>
  Array.isArray(object[key]) ? object[key].filter(isObject) : []
const withList = (
  pod: JsonObject,
  key: string,
  change: (list: readonly JsonObject[]) => Json,
): JsonObject => ({
  ...pod,
  spec: { ...specOf(pod), [key]: change(listIn(specOf(pod), key)) },
})
const inEach = (pod: JsonObject, change: (container: JsonObject) => JsonObject): JsonObject =>
  withList(pod, 'containers', list => list.map(change))
const withStatus = (pod: JsonObject, change: (status: string) => string | undefined): JsonObject => {
  const { annotations } = metadataOf(pod)
  if (!isObject(annotations)) return pod
  const { 'pillion.dev/status': status, ...others } = annotations
  const changed = typeof status === 'string' ? change(status) : undefined
  return {
    ...pod,
    metadata: {
      ...metadataOf(pod),
      annotations: { ...others, ...(changed !== undefined && { 'pillion.dev/status': changed }) },
    },
  }
}

const token = { name: 'kube-api-access-abcde', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }

const changes = {
  'adds a container': pod =>
    withList(pod, 'containers', list => [...list, { name: 'app-mesh', image: 'mesh:1' }]),
  'adds a first container': pod =>
    withList(pod, 'containers', list => [{ name: 'app-first', image: 'first:1' }, ...list]),
  'adds an init container': pod =>
    withList(pod, 'initContainers', list => [{ name: 'mesh-init', image: 'mesh:1' }, ...list]),
  'sets defaults': pod =>
    inEach(pod, container => ({
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
      ...container,
    })),
  'mounts a token': pod =>
    withList(
      inEach(pod, container => ({
        ...container,
        volumeMounts: [...listIn(container, 'volumeMounts'), { ...token, readOnly: true }],
      })),
      'volumes',
      list => [...list, { name: token.name, projected: { sources: [] } }],
    ),
  'adds variables': pod =>
    inEach(pod, container => ({
      ...container,
      env: [{ name: 'MESH', value: '1' }, ...listIn(container, 'env')],
    })),
  'turns the variables round': pod =>
    inEach(pod, container =>
      container['env'] === undefined
        ? container
        : { ...container, env: listIn(container, 'env').toReversed() as Json },
    ),
  'turns the containers round': pod => withList(pod, 'containers', list => list.toReversed() as Json),
  'changes the last image': pod =>
    withList(pod, 'containers', list =>
      list.map((one, i) => (i === list.length - 1 ? { ...one, image: 'b:2' } : one)),
    ),
  'drops the last container': pod =>
    withList(pod, 'containers', list => (list.length > 1 ? list.slice(0, -1) : list) as Json),
  'drops the last init container': pod => withList(pod, 'initContainers', list => list.slice(0, -1) as Json),
  'drops the last volume': pod => withList(pod, 'volumes', list => list.slice(0, -1) as Json),
  'drops the mounts': pod => inEach(pod, ({ volumeMounts: _, ...container }) => container),
  'drops the status': pod => withStatus(pod, () => undefined),
  'cuts the status': pod => withStatus(pod, status => status.slice(0, status.length / 2)),
  'empties the status': pod => withStatus(pod, () => '{"profiles":{}}'),
  'drops the annotations': pod => ({ ...pod, metadata: { name: 'pod' } }),
} satisfies Record<string, (pod: JsonObject) => JsonObject>
