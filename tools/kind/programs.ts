import { run } from './run.ts'

/** A program that kind clusters with Pillion need. */
export type Program = keyof typeof programs

/** For each of these programs that is not usable, one line with how to get it. */
export async function whatIsMissing(...names: readonly Program[]): Promise<readonly string[]> {
  const codes = await Promise.all(names.map(async name => (await run(name, programs[name].args)).code))
  return names.flatMap((name, i) => (codes[i] === 0 ? [] : [programs[name].absence]))
}

const programs = {
  docker: {
    args: ['info'],
    absence: 'no Docker daemon answers; see https://docs.docker.com/engine/install/',
  },
  kind: {
    args: ['version'],
    absence: 'there is no kind; `go install sigs.k8s.io/kind@v0.33.0`, or https://kind.sigs.k8s.io',
  },
  kubectl: {
    args: ['version', '--client'],
    absence: 'there is no kubectl; see https://kubernetes.io/docs/tasks/tools/',
  },
  helm: {
    args: ['version', '--short'],
    absence: 'there is no helm; see https://helm.sh/docs/intro/install/',
  },
} as const
