import type { ExitCode, Io } from '../io.ts'
import { type LiveCluster, liveCluster, Unreachable } from './live-cluster.ts'

/** Does something in the cluster of a context; one line and exit code 2 where there is none. */
export async function inCluster(
  context: string | undefined,
  io: Io,
  action: (cluster: LiveCluster) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await action(await liveCluster(context))
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    io.err(
      `${error.message} (the cluster is that of KUBECONFIG or ~/.kube/config; --context names another)\n`,
    )
    return 2
  }
}
