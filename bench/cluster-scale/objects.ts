import type { ApiServer } from '../../test/apiserver/apiserver.ts'

/** What is to be created, and at which path. */
export interface Creation {
  readonly path: string
  readonly object: object
}

export const profilesPath = '/apis/pillion.dev/v1alpha1/clustersidecarprofiles'

/** Creates objects as fast as an API server takes them from so many clients; throws where it refuses one. */
export async function create(
  { request }: Pick<ApiServer, 'request'>,
  creations: Iterable<Creation>,
  clients = 24,
): Promise<void> {
  const remaining = creations[Symbol.iterator]()
  async function work(): Promise<void> {
    for (let next = remaining.next(); !next.done; next = remaining.next()) {
      const { path, object } = next.value
      const { status, body } = await request('POST', path, object)
      if (status !== 201) throw new Error(JSON.stringify(body))
    }
  }
  await Promise.all(Array.from({ length: clients }, work))
}

export function profileCreations(profiles: readonly object[]): readonly Creation[] {
  return profiles.map(object => ({ path: profilesPath, object }))
}

/** Namespaces as teams have them, with a few labels and annotations; without their ServiceAccounts. */
export function namespaceCreations(count: number): readonly Creation[] {
  return Array.from({ length: count }, (_, i) => ({
    path: '/api/v1/namespaces',
    object: {
      metadata: {
        name: `team-${i}`,
        labels: { team: `team-${i}`, stage: i % 2 === 0 ? 'prod' : 'test' },
        annotations: {
          'example.com/owner': `team-${i}@example.com`,
          'example.com/cost-center': `${i * 7}`,
        },
      },
    },
  }))
}
