import type { Schema } from '../profile/core.ts'
import type { Json } from '../profile/json.ts'
import type { Problem } from '../profile/problem.ts'
import { shape } from '../profile/shape.ts'

/**
 * What of a Pod must have its type for the engine to work on it: every deviation as a problem with its
 * field path. Fields that are not named here may be missing, new or anything; the API server checks them
 * after us. Linear in the size of the Pod.
 */
export function checkPodShape(object: Json): Problem[] {
  // Compiled for the first Pod, because nothing works on import.
  check ??= shape(pod)
  return check(object)
}

let check: ((object: Json) => Problem[]) | undefined

const string: Schema = { type: 'string' }
const strings: Schema = { type: 'object', patternProperties: { '': string } }

function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

const container = object(
  {
    name: string,
    image: string,
    restartPolicy: string,
    env: list(object({ name: string }, ['name'])),
    envFrom: list(object({})),
    ports: list(object({ containerPort: { type: 'integer' }, protocol: string }, ['containerPort'])),
    volumeMounts: list(
      object({ name: string, mountPath: string, subPath: string, subPathExpr: string }, [
        'name',
        'mountPath',
      ]),
    ),
  },
  ['name'],
)

const pod = object({
  metadata: object({
    name: string,
    generateName: string,
    namespace: string,
    labels: strings,
    annotations: strings,
    ownerReferences: list(object({ kind: string, name: string, controller: { type: 'boolean' } })),
  }),
  spec: object({
    // The one list that Go writes as null when it is empty; validation, after us, wants a container in it.
    containers: { ...list(container), type: ['array', 'null'], title: 'a list' },
    initContainers: list(container),
    volumes: list(object({ name: string }, ['name'])),
    // An empty reference is valid: https://github.com/kubernetes/kubernetes/issues/91629
    imagePullSecrets: list(object({ name: string })),
    hostAliases: list(object({ ip: string })),
    restartPolicy: string,
  }),
})
