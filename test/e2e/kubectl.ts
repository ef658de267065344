import { type Input, output, type Ran, run } from '../../tools/kind/run.ts'

/** kubectl of one cluster, in one namespace where one is given. */
export interface Kubectl {
  /** What it printed; throws with its complaint when it fails. */
  (args: readonly string[], input?: Input): Promise<string>
  /** The same for a command that may fail. */
  attempt(args: readonly string[], input?: Input): Promise<Ran>
  in(namespace: string): Kubectl
}

export function kubectlOf(kubeconfig: string, namespace?: string): Kubectl {
  const flags = [`--kubeconfig=${kubeconfig}`, ...(namespace ? [`--namespace=${namespace}`] : [])]
  return Object.assign(
    (args: readonly string[], input?: Input) => output('kubectl', [...flags, ...args], input),
    {
      attempt: (args: readonly string[], input?: Input) => run('kubectl', [...flags, ...args], input),
      in: (other: string) => kubectlOf(kubeconfig, other),
    },
  )
}
