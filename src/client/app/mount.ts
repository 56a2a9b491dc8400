/** The step from the server's page, which works without a script, to the page that the script draws. */
import type { App } from 'vue'

/** The features that the page needs. A browser that lacks one of them keeps the server's page. */
export function missingFeatures(browser: { HTMLElement: { prototype: object } }): string[] {
  const { prototype } = browser.HTMLElement
  return [
    ...['WebSocket', 'Proxy', 'AbortController', 'URL'].filter((name) => !(name in browser)),
    ...['showPopover', 'checkVisibility'].filter((name) => !(name in prototype)),
  ]
}

/** Draws the app in `root`. When that fails, what stood there is put back, and the error is thrown. */
export function mountOver(app: App, root: Element): void {
  const before = [...root.childNodes]
  const errors: unknown[] = []
  const { config } = app
  // In production Vue only logs what a component throws, and leaves an empty page.
  config.errorHandler = (error) => errors.push(error)
  try {
    app.mount(root)
  } catch (error) {
    errors.push(error)
  }
  Reflect.deleteProperty(config, 'errorHandler')
  if (errors.length === 0) return
  root.replaceChildren(...before)
  throw errors[0]
}
