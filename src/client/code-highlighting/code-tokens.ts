import { type FunctionalComponent, h, type VNodeChild } from 'vue'

/** A piece of code, or several that are one thing: a `keyword`, a `string`. */
export type Token = string | { kind: string; tokens: Token[] }

export const Code: FunctionalComponent<{ tokens: readonly Token[] }> = ({ tokens }) =>
  h('pre', { dir: 'ltr' }, h('code', drawTokens(tokens)))
Code.props = ['tokens']

function drawTokens(tokens: readonly Token[]): VNodeChild[] {
  return tokens.map((token) =>
    typeof token === 'string' ? token : h('span', { class: `token-${token.kind}` }, drawTokens(token.tokens)),
  )
}
