import { fastify } from 'fastify'
import { podOf } from '../../bodies/pod.ts'
import { bodyLimit, host, port, tls } from './given.ts'
import { answer, inject } from './inject.ts'

/** As fast as Fastify gets over TLS: the body is read and not looked at, and every answer is the same. */
const object = podOf()
const constant = JSON.stringify(answer({ request: { uid: 'none', object } }, inject(object)))

const app = fastify({ https: tls, bodyLimit })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
app.get('/readyz', async () => 'ready')
app.post('/mutate', (_request, reply) => reply.type('application/json').send(constant))
await app.listen({ host, port })
