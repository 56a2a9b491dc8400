/** The headers of every response: a page, a file, a refused upgrade, an answer to what was no request. */
export const responseHeaders: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // With no-referrer a browser sends forms with `Origin: null`, and we would refuse our own.
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** Over https: there is no way back to http for a year. Not for sub-domains, which may be somebody else's. */
export const onlyHttps: Readonly<Record<string, string>> = { 'Strict-Transport-Security': 'max-age=31536000' }
