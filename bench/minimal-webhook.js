import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fastify } from 'fastify'

/**
 * The least that a mutating webhook in Node can do and still be of use. It injects the profile log-tail and nothing
 * else: no parameters, conflicts, order, reasons, metrics or log. It is what Pillion is compared with on every machine,
 * and an example of the command that `--beside` takes.
 */
const { values } = parseArgs({
  args: process.argv.slice(2).map(argument => argument.replace(/^-(?=\w)/, '--')),
  options: { addr: { type: 'string' }, cert: { type: 'string' }, key: { type: 'string' } },
})
const [host, port] = values.addr.split(':')
const https = { cert: readFileSync(values.cert), key: readFileSync(values.key) }

const mount = { name: 'log-tail', mountPath: '/var/log/app' }
const sidecar = {
  name: 'log-tail',
  image: 'busybox:1.37',
  command: ['sh', '-c', 'tail -n +1 -F "$1" &\ntrap \'kill $!; exit 0\' TERM\nwait $!\n', 'log-tail'],
  args: ['/var/log/app/app.log'],
  volumeMounts: [{ ...mount, readOnly: true }],
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '100m', memory: '32Mi' } },
  securityContext: { runAsNonRoot: true, runAsUser: 65_534, readOnlyRootFilesystem: true },
  restartPolicy: 'Always',
}

function patchFor({ metadata, spec }) {
  if (metadata.annotations?.['pillion.dev/inject'] === undefined) return []
  const append = (path, list, value) =>
    list === undefined ? { op: 'add', path, value: [value] } : { op: 'add', path: `${path}/-`, value }
  return [
    append('/spec/volumes', spec.volumes, { name: 'log-tail', emptyDir: {} }),
    ...spec.containers.map(({ volumeMounts }, at) =>
      append(`/spec/containers/${at}/volumeMounts`, volumeMounts, mount),
    ),
    append('/spec/initContainers', spec.initContainers, sidecar),
  ]
}

const app = fastify({ https, bodyLimit: 7 * 1_024 * 1_024 })
app.get('/readyz', async () => 'ready')
app.post('/mutate', ({ body: { apiVersion, kind, request } }, reply) => {
  const operations = patchFor(request.object)
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64')
  const changes = operations.length > 0 && { patchType: 'JSONPatch', patch }
  return reply.send({ apiVersion, kind, response: { uid: request.uid, allowed: true, ...changes } })
})
await app.listen({ host, port: Number(port) })
