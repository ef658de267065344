import type { ExitCode, Io } from '../io.ts'
import { type LiveCluster, liveCluster, Unreachable } from './live-cluster.ts'

/** Runs an action in the cluster of a context; prints a line and ends with 2 when the cluster cannot be reached. */
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
      `${error.message} (the kubeconfig is KUBECONFIG or ~/.kube/config; --context selects another context)\n`,
    )
    return 2
  }
}
