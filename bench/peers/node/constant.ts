import { createServer } from 'node:https'
import { podOf } from '../../bodies/pod.ts'
import { host, port, tls } from './given.ts'
import { answer, inject } from './inject.ts'

/** As fast as Node gets over TLS: the body is read and not looked at, and every answer is the same. */
const object = podOf()
const constant = JSON.stringify(answer({ request: { uid: 'none', object } }, inject(object)))
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(constant) }

const server = createServer({ ...tls, keepAlive: true }, (request, response) => {
  request.resume().on('end', () => response.writeHead(200, headers).end(constant))
})
server.listen(port, host)
