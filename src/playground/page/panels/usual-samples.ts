import type { Sample, WorkloadAnswer } from '../../protocol.ts'

/** Pods that often get another outcome than a Deployment. They ask for the same profiles, with the same parameters. */
export function usualSamples(asked: WorkloadAnswer['asked']): readonly Sample[] {
  const annotations = [
    ['pillion.dev/inject', asked.map(({ name }) => name).join(', ')],
    ...asked.flatMap(({ parameters }) =>
      parameters.flatMap(({ annotation, resolved }) =>
        resolved?.from === 'pod' ? [[annotation, String(resolved.value)]] : [],
      ),
    ),
  ]
  const written = annotations.map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`).join('\n')
  const metadata = (name: string) => `metadata:\n  name: ${name}\n  annotations:\n${written}\n`
  const indented = (text: string) => text.replace(/^(?=.)/gm, '    ')
  const containers = '  containers:\n    - { name: app, image: app:1 }\n'
  const job = `${metadata('job')}spec:\n  restartPolicy: Never\n${containers}`
  return [
    {
      name: 'A Deployment',
      manifest: `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: deployment\nspec:\n  selector: { matchLabels: { app: app } }\n  template:\n${indented(
        `${metadata('app').replace('  annotations', '  labels: { app: app }\n  annotations')}spec:\n${containers}`,
      )}`,
    },
    {
      name: 'A Job',
      manifest: `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: job\nspec:\n  template:\n${indented(job)}`,
    },
    {
      name: 'hostNetwork',
      manifest: `apiVersion: v1\nkind: Pod\n${metadata('host-network')}spec:\n  hostNetwork: true\n${containers}`,
    },
    {
      name: 'Windows',
      manifest: `apiVersion: v1\nkind: Pod\n${metadata('windows')}spec:\n  os: { name: windows }\n${containers}`,
    },
  ]
}
