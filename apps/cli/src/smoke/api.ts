/** The hub as a program outside sees it. */

export type Body = Record<string, unknown>;

export class Api {
  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  get(path: string): Promise<Body> {
    return this.call('GET', `${this.url}${path}`, this.key);
  }

  post(path: string, body: object): Promise<Body> {
    return this.call('POST', `${this.url}${path}`, this.key, { type: 'application/json', body });
  }

  delete(path: string): Promise<Body> {
    return this.call('DELETE', `${this.url}${path}`, this.key);
  }

  scim(
    { base_url: root, bearer_token: token }: { base_url: string; bearer_token: string },
    method: string,
    path: string,
    body: object,
  ): Promise<Body> {
    return this.call(method, `${root}${path}`, token, { type: 'application/scim+json', body });
  }

  private async call(
    method: string,
    url: string,
    token: string,
    content?: { type: string; body: object },
  ): Promise<Body> {
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(content ? { 'content-type': content.type } : {}) },
      ...(content ? { body: JSON.stringify(content.body) } : {}),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${said}`);
    return said === '' ? {} : (JSON.parse(said) as Body);
  }
}
