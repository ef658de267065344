import { readFileSync } from 'node:fs'

/** What every program here is called with: `node bench/peers/node/NAME.ts 127.0.0.1:8443 tls.crt tls.key`. */
const [address = '', certFile = '', keyFile = ''] = process.argv.slice(2)
const [hostName = '', portNumber] = address.split(':')

export const host = hostName
export const port = Number(portNumber)
export const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
/** As Pillion's. */
export const bodyLimit = 7 * 1_024 * 1_024
