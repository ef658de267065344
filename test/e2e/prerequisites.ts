import { run } from './run.ts'

/** The first program that the suite needs and does not find, and how to get it, in one line. */
export async function whatIsMissing(): Promise<string | undefined> {
  for (const { command, args, absence } of programs) {
    const { code } = await run(command, args)
    if (code !== 0) return absence
  }
  return undefined
}

const programs = [
  {
    command: 'docker',
    args: ['info'],
    absence: 'no Docker daemon answers; see https://docs.docker.com/engine/install/',
  },
  {
    command: 'kind',
    args: ['version'],
    absence: 'there is no kind; `go install sigs.k8s.io/kind@v0.33.0`, or https://kind.sigs.k8s.io',
  },
  {
    command: 'kubectl',
    args: ['version', '--client'],
    absence: 'there is no kubectl; see https://kubernetes.io/docs/tasks/tools/',
  },
] as const
