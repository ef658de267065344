import type { Certificate } from '../../test/process/certificate.ts'
import type { Image } from '../../test/process/image.ts'
import { startReplica } from '../../test/process/replica.ts'
import type { Server } from '../../test/process/server.ts'

/** Ways to start a replica in no cluster: as the image does, and with one thing of its environment otherwise. */
export function waysToStart(certificate: Certificate, image: Image) {
  const way = (environment: NodeJS.ProcessEnv) => (): Promise<Server> =>
    startReplica({ certificate, image, environment })
  return {
    'as the image': way({}),
    'no compile cache': way({ NODE_COMPILE_CACHE: undefined, NODE_DISABLE_COMPILE_CACHE: '1' }),
    'an arena of malloc for each thread': way({ MALLOC_ARENA_MAX: undefined }),
    'a source map from the start': way({
      NODE_OPTIONS: `${image.environment['NODE_OPTIONS'] ?? ''} --enable-source-maps`.trim(),
    }),
  } as const
}
