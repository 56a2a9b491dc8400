const firstMs = 2_000
const maxMs = 30_000

/** Loads the page of this address as soon as the server answers for it. */
export function reloadWhenReachable(): void {
  let ceiling: number = firstMs
  let timer: ReturnType<typeof setTimeout>

  function tryLater() {
    // Those who were cut off together must not come back together.
    timer = setTimeout(tryNow, ceiling * (0.5 + Math.random() / 2))
    ceiling = Math.min(maxMs, ceiling * 2)
  }

  async function tryNow() {
    clearTimeout(timer)
    if (await isReachable()) location.reload()
    else tryLater()
  }

  addEventListener('online', tryNow)
  tryLater()
}

async function isReachable(): Promise<boolean> {
  try {
    // The service worker leaves this method to the browser.
    const { status } = await fetch(location.href, { method: 'HEAD', cache: 'no-store' })
    return status < 500
  } catch {
    return false
  }
}
