import { gzipSync } from 'node:zlib'
import type { Benchmark } from '../benchmark.ts'
import { signIn } from '../load/crowd.ts'
import { withServer } from '../load/with-server.ts'
import { targets } from '../targets.ts'

/** As in `nginx/teahouse.conf`. */
const level = 6

/** As the build writes them; what is imported later is `import(…)`. */
const imports = /(?<![\w.$])import(?:[^"'`()]*?from)?"(\.[^"]+\.js)"/g

export const page: Benchmark = {
  name: 'page',
  about: `What a browser loads before somebody can write: the page, its scripts and style sheets and the scripts that those import, as nginx sends them with gzip. The Lounge needs 198 KB of script and style (measured elsewhere, not in this run).`,
  targets: [targets.teahouse],
  rounds: 1,
  figures: [
    { key: 'script', label: 'script, KB', decimals: 1 },
    { key: 'style', label: 'style, KB', decimals: 1 },
    { key: 'both', label: 'script and style, KB', decimals: 1 },
    { key: 'served', label: 'script and style as the app itself sends them (brotli), KB', decimals: 1 },
    { key: 'html', label: 'the page itself, KB', decimals: 1 },
    { key: 'requests', label: 'requests for these', decimals: 0 },
  ],
  goals: [
    { figure: 'both', atMost: 80 },
    { figure: 'served', atMost: 72 },
  ],
  run: (target) =>
    withServer(target, async ({ port }) => {
      const [cookie = ''] = await signIn(target, port, 1)
      const origin = `http://127.0.0.1:${port}`
      const read = async (path: string) => {
        const response = await fetch(new URL(path, origin), { headers: { cookie } })
        if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`)
        return Buffer.from(await response.arrayBuffer())
      }
      // Over the wire, without any proxy.
      let served = 0
      const html = await read('/')
      // A browser that runs scripts loads nothing of what is for the others.
      const scripted = html.toString().replace(/<noscript>[\s\S]*?<\/noscript>/g, '')
      const named = [...scripted.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+\.(?:js|css))"/g)]
      const paths = new Set(named.map(([, path = '']) => path))
      const sizes = { js: 0, css: 0 }
      // It grows while it is gone through, by what the scripts import and the page does not name.
      for (const path of paths) {
        const file = await read(path)
        served += await bytesSent(new URL(path, origin))
        sizes[path.endsWith('.js') ? 'js' : 'css'] += kilobytes(file)
        for (const [, other = ''] of file.toString().matchAll(imports))
          paths.add(new URL(other, origin + path).pathname)
      }
      if (!sizes.js || !sizes.css) throw new Error('The page names no script or no style sheet.')
      const { js: script, css: style } = sizes
      return {
        script,
        style,
        both: script + style,
        served: served / 1000,
        html: kilobytes(html),
        requests: paths.size + 1,
      }
    }),
}

function kilobytes(bytes: Buffer): number {
  return gzipSync(bytes, { level }).length / 1000
}

async function bytesSent(url: URL): Promise<number> {
  const { headers } = await fetch(url, { method: 'HEAD', headers: { 'Accept-Encoding': 'gzip, deflate, br' } })
  return Number(headers.get('content-length'))
}
