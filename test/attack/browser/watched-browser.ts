/** A browser context that records everything that must not happen in a page. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface WatchedBrowser {
  context: BrowserContext
  /** One sentence for each violation. Executed code begins with `ran`, code blocked by the policy with `policy`. */
  caught: Set<string>
}

interface Options extends BrowserContextOptions {
  origin: string
  /** Blocks the page's own scripts, so that only injected ones could run. */
  isBare?: boolean
}

/** Wide enough for all columns, and no larger than needed: drawing without a graphics card is slow. */
const viewport = { width: 1_280, height: 320 }

/** Opens a context that records violations. */
export async function openWatchedBrowser(
  browser: Browser,
  { origin, isBare, ...options }: Options,
): Promise<WatchedBrowser> {
  const context = await browser.newContext({ serviceWorkers: 'block', viewport, ...options })
  const caught = new Set<string>()
  await context.exposeBinding('tell', (_source, what: string) => void caught.add(what))
  await context.addInitScript(watch)
  await context.route(
    ({ origin: asked }) => asked !== origin,
    (route) => {
      caught.add(`asked for ${route.request().url().slice(0, 100)}`)
      // No content: a window that navigates away stays where it is.
      return route.fulfill({ status: 204 })
    },
  )
  if (isBare) await context.route('**/*.js', (route) => route.abort())
  context.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) caught.add(`policy: ${message.text().slice(0, 300)}`)
  })
  context.on('page', (page) => {
    page.on('popup', (popup) => caught.add(`opened a window: ${popup.url()}`))
    page.on('dialog', (dialog) => {
      caught.add(`ran a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => caught.add(`threw: ${error}`))
  })
  return { context, caught }
}

/** The violations in the page and in other documents that it created. */
export function faultsIn(page: Page): Promise<string[]> {
  return page.evaluate(() => window.faultsOf(document))
}

declare global {
  interface Window {
    tell(what: string): Promise<void>
    faultsOf(root: ParentNode): string[]
  }
}

/** Runs in each page before anything else does. */
function watch(): void {
  for (const name of ['canary', 'alert', 'confirm', 'prompt', 'print', 'open']) {
    Object.defineProperty(window, name, {
      value: () => void window.tell(`ran ${name} in ${location.pathname} ${window.name}`),
    })
  }
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    void window.tell(`policy: ${violatedDirective} ${blockedURI} ${sample}`)
  })

  const everywhere = new Set(
    `html head meta title link script body a article aside bdi blockquote br button canvas code dd del details dialog div dl dt em
     fieldset footer form h1 h2 h3 h4 h5 h6 header hr i img input kbd label legend li main mark nav noscript ol optgroup option output p path pre rect
     search section select small span strong summary svg table tbody td textarea th thead time tr ul`.split(/\s+/),
  )
  const inMessages = new Set(
    'div p h2 h3 h4 h5 h6 hr blockquote ol ul li table thead tbody tr th td pre code span a strong em del button svg path'.split(
      ' ',
    ),
  )
  const attributes = /^(?:on|style$|srcdoc$|srcset$|formaction$|xlink:|v-|:|@|is$|ping$|background$)/
  const isOurs = (address: string) => new URL(address, location.href).origin === location.origin

  function faultOf(element: Element): string | undefined {
    const name = element.localName
    // The page writes behind a text that it was edited.
    const isInMessage = element.closest('.message-text') !== null && !element.matches('time.message-edited')
    if (!(isInMessage && !element.matches('.message-text') ? inMessages : everywhere).has(name)) return 'is there'
    // Vue sets a style where a box grows with its text.
    const bad = element.getAttributeNames().find((one) => attributes.test(one) && !(one === 'style' && !isInMessage))
    if (bad) return `has ${bad}`
    if (name === 'svg' && !element.matches('.icon, .qr')) return 'is not one of our icons'
    if (name === 'path' && !element.closest('svg')) return 'is not in an icon'
    const images = /^\/(?:static\/images\/[\w/-]+\.svg|icon\/plain\/[a-z]+\/[\w%]+)$/
    if (name === 'img' && !images.test(element.getAttribute('src') ?? '')) return 'is no image of ours'
    if (name === 'script') return faultOfScript(element as HTMLScriptElement)
    if (name === 'meta' && element.hasAttribute('http-equiv')) return 'is about HTTP'
    if (name === 'link' && !isOurs(element.getAttribute('href') ?? '')) return 'leads out'
    if (name === 'form' && !isOurs(element.getAttribute('action') ?? '')) return 'sends elsewhere'
    if (name === 'a') return faultOfLink(element as HTMLAnchorElement, isInMessage)
    return undefined
  }

  function faultOfScript(script: HTMLScriptElement): string | undefined {
    if (script.type === 'application/json' && script.id === 'state') return undefined
    const source = script.getAttribute('src') ?? ''
    return script.type === 'module' && isOurs(source) && !script.textContent ? undefined : 'is not our script'
  }

  function faultOfLink(link: HTMLAnchorElement, isInMessage: boolean): string | undefined {
    const href = link.getAttribute('href') ?? ''
    const mayLeadOut = isInMessage || link.closest('.room-header-topic') !== null
    if (!mayLeadOut) return isOurs(href) ? undefined : `leads to ${href}`
    if (!/^(?:https?:\/\/[^/]|mailto:)/i.test(href)) return `leads to ${href}`
    const isKeptAway = link.relList.contains('noopener') && link.target === '_blank'
    return isKeptAway ? undefined : 'gives the other page a hold on ours'
  }

  window.faultsOf = (root) =>
    [...root.querySelectorAll('*')].flatMap((element) => {
      const fault = faultOf(element)
      return fault ? [`<${element.localName}> ${fault}: ${element.outerHTML.slice(0, 200)}`] : []
    })

  // Also what is taken out again before anybody looks.
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      for (const node of [target, ...addedNodes]) {
        if (!(node instanceof Element)) continue
        const below = node === target ? [] : [...node.querySelectorAll('*')]
        for (const element of [node, ...below]) {
          const fault = element.isConnected && faultOf(element)
          if (fault) void window.tell(`<${element.localName}> ${fault}: ${element.outerHTML.slice(0, 200)}`)
        }
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true })
}
