import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { issueCertificate } from '../src/cluster/certificate/certificate-authority.ts'

// Development certificates: `npm run certs -- [--out DIR] [--dns-name NAME]… [--days N]` writes ca.crt,
// tls.crt and tls.key, the names of a kubernetes.io/tls Secret. DIR is in .gitignore.
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, 'out') },
    'dns-name': { type: 'string', multiple: true, default: ['localhost'] },
    'ip-address': { type: 'string', multiple: true, default: ['127.0.0.1', '::1'] },
    days: { type: 'string', default: '30' },
  },
})

const days = Number(values.days)
if (!(days > 0 && days <= 3_650)) {
  process.stderr.write(`--days: ${JSON.stringify(values.days)} is not a number from 1 to 3650\n`)
  process.exit(2)
}

const { ca, cert, key } = await issueCertificate({
  dnsNames: values['dns-name'],
  ipAddresses: values['ip-address'],
  days,
})
await mkdir(values.out, { recursive: true })
await writeFile(join(values.out, 'ca.crt'), ca)
await writeFile(join(values.out, 'tls.crt'), cert)
await writeFile(join(values.out, 'tls.key'), key, { mode: 0o600 })
process.stderr.write(`ca.crt, tls.crt and tls.key for ${values['dns-name'].join(', ')} in ${values.out}\n`)
