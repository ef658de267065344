import { parseArgs } from 'node:util'
import { createCluster, deleteCluster, loadImages } from './kind/cluster.ts'
import { image, provideImage } from './kind/image.ts'
import { whatIsMissing } from './kind/programs.ts'
import { waitUntilReached } from './kind/reached.ts'
import { output, run } from './kind/run.ts'

/**
 * Makes a kind cluster with Pillion and its example in it: `npm run kind`, or with another name
 * `npm run kind -- --name test`. `npm run kind -- --delete` removes the cluster. KIND_CONFIG and KIND_NODE_IMAGE choose its
 * shape and version, as for the end-to-end tests: CONTRIBUTING.md.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: 'string', default: 'pillion' },
      delete: { type: 'boolean', default: false },
    },
  })
  const { name } = values
  const missing = await whatIsMissing(
    'docker',
    'kind',
    ...(values.delete ? [] : (['kubectl', 'helm'] as const)),
  )
  if (missing.length > 0) throw new Error(missing.join('\n'))
  const exists = (await output('kind', ['get', 'clusters'])).split('\n').includes(name)
  if (values.delete) {
    if (!exists)
      throw new Error(`there is no kind cluster "${name}": kind get clusters lists those that there are`)
    await step(`deleting the kind cluster "${name}"`, () => deleteCluster({ name }))
    return
  }
  if (exists)
    throw new Error(
      `there is a kind cluster "${name}" already: npm run kind -- ${flagFor(name)}--delete removes it, and --name makes one with another name`,
    )
  try {
    await start(name)
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n\nThe cluster is left as it is. npm run kind -- ${flagFor(name)}--delete removes it.`,
    )
  }
  console.log(`
Pillion runs in the kind cluster "${name}", and kubectl uses its context, kind-${name}. Look at:

  kubectl logs multi-container-demo -c log-tail    the sidecar that Pillion added to examples/multi-container-demo.yaml
  kubectl get clustersidecarprofiles               the profiles that a Pod can ask for
  npx pillion explain pod multi-container-demo     what the Pod got, and why
  npx pillion doctor                               whether the installation is in order

To remove all of it:

  npm run kind -- ${flagFor(name)}--delete`)
}

async function start(name: string): Promise<void> {
  const context = `kind-${name}`
  const kubectl = (...args: readonly string[]) => output('kubectl', [`--context=${context}`, ...args])
  const config = process.env['KIND_CONFIG']
  await step(`building the image ${image}`, provideImage)
  await step(`creating the kind cluster "${name}"`, () => createCluster({ name, config }))
  await step('loading the image into the cluster', () => loadImages(name, [image, ...exampleImages]))
  await step('installing the chart', () =>
    output('helm', [
      'install',
      'pillion',
      'charts/pillion',
      `--kube-context=${context}`,
      '--namespace=pillion',
      '--create-namespace',
      '--wait',
    ]),
  )
  await step('waiting until the API server reaches Pillion', () =>
    waitUntilReached((args, stdin) => run('kubectl', [`--context=${context}`, ...args], { stdin })),
  )
  await step('applying the example', async () => {
    await kubectl('apply', '--filename=examples/multi-container-demo.yaml')
    await kubectl('wait', '--for=condition=Ready', 'pod/multi-container-demo', '--timeout=180s')
    // So that the log of its sidecar has a line.
    await kubectl('exec', 'multi-container-demo', '--', 'curl', '-s', '-o', '/dev/null', 'localhost')
  })
}

/** Says what is being done, and then how long it took. */
async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now()
  console.log(`${what} …`)
  await work()
  console.log(`  done in ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
}

function flagFor(name: string): string {
  return name === 'pillion' ? '' : `--name ${name} `
}

/** Those of the example and of the profiles that it asks for. */
const exampleImages = ['busybox:1.37', 'nginx:1.29']

try {
  await main()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
