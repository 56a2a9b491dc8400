/** For `:value` with `@input` and `:checked` with `@change`: the code of `v-model` would come with the page. */

export function typedIn({ target }: Event): string {
  return (target as HTMLInputElement).value
}

export function isTicked({ target }: Event): boolean {
  return (target as HTMLInputElement).checked
}
