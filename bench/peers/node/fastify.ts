import { fastify } from 'fastify'
import { bodyLimit, host, port, tls } from './given.ts'
import { answer, inject, isAsking, type Review } from './inject.ts'

/**
 * The least that a mutating webhook on Fastify can do and still be of use: it has no profiles, no parameters, no
 * conflicts, no reasons, no metrics and no log.
 */
const app = fastify({ https: tls, bodyLimit })
app.get('/readyz', async () => 'ready')
app.post<{ Body: Review }>('/mutate', (request, reply) => {
  const { object } = request.body.request
  return reply.send(answer(request.body, isAsking(object) ? inject(object) : []))
})
await app.listen({ host, port })
