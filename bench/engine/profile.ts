import type { Reviewing } from '../../src/admission/review.ts'
import type { Json } from '../../src/json/json.ts'
import { collect, type Profiles } from '../../src/profile/accept/profiles.ts'
import { readProfile } from '../../src/profile/read.ts'
import { catalogDirectory, readProfiles } from '../../src/server/profile-directory.ts'

/** What a server reviews with that has the catalog. */
export async function withCatalog(): Promise<Reviewing> {
  return reviewingWith((await readProfiles(catalogDirectory())).profiles)
}

/** What a server reviews with that has `count` profiles, named by `nameOf`, none of which is in another's way. */
export function withProfiles(count: number): Reviewing {
  const read = Array.from({ length: count }, (_, at) => readProfile(profileNumbered(at)))
  return reviewingWith(
    collect(
      read.map(each => {
        if ('problems' in each) throw new Error(JSON.stringify(each.problems))
        return each.profile
      }),
    ).profiles,
  )
}

export function nameOf(at: number): string {
  return `sidecar-${at}`
}

function reviewingWith(profiles: Profiles): Reviewing {
  return {
    profiles,
    cluster: { kubernetesVersion: '1.34', excludedNamespaces: new Set(['kube-system']) },
    namespaceOf: name => ({ name, labels: {}, annotations: {} }),
  }
}

/** A sidecar, a volume that all app containers mount, and a variable; to be started after the one before. */
function profileNumbered(at: number): Json {
  const name = nameOf(at)
  const path = `/var/run/${name}/$(params.directory)`
  return {
    apiVersion: 'pillion.dev/v1alpha1',
    kind: 'ClusterSidecarProfile',
    metadata: { name },
    spec: {
      parameters: { directory: { type: 'string', default: 'shared' } },
      ...(at > 0 && { order: { after: [nameOf(at - 1)] } }),
      volumes: [{ name, emptyDir: {} }],
      containers: [
        {
          name,
          image: `registry.example.com/${name}:1.0.0`,
          args: ['--directory', path],
          ports: [{ name: `port-${at}`, containerPort: 10_000 + at }],
          volumeMounts: [{ name, mountPath: path, readOnly: true }],
        },
      ],
      appContainers: [
        {
          select: 'all',
          env: [{ name: `SIDECAR_${at}`, value: path }],
          volumeMounts: [{ name, mountPath: path }],
        },
      ],
    },
  }
}
