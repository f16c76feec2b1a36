/** The page at `/docs`: Swagger UI in the dress of the house. It loads nothing from elsewhere and speaks to this hub only. Pure. */

export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Rollcall API reference</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/page.css" />
    <link rel="icon" type="image/svg+xml" href="/docs/mark.svg" />
  </head>
  <body>
    <header class="top">
      <a class="name" href="/docs"><img src="/docs/mark.svg" alt="" width="28" height="28" />Rollcall</a>
      <span class="what">API reference</span>
      <a class="file" href="/openapi.json">openapi.json</a>
    </header>
    <main id="api"></main>
    <noscript>The reference needs JavaScript. <a href="/openapi.json">openapi.json</a> says the same.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** A list with its marks: who was called, and answered. */
export const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#3538cd"/>
  <g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round">
    <path d="M7 10l2.4 2.4L13.4 8M7 21l2.4 2.4 4-4.4M18 10.5h7M18 21.5h7"/>
  </g>
</svg>
`;

/** Dark as the system is: Swagger UI has a dark dress, which a class of the root puts on. */
export const START = `const dark = matchMedia('(prefers-color-scheme: dark)');
const dress = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', dress);
dress();
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: false,
  displayRequestDuration: true,
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 2,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

// Swagger UI writes styles into elements; nothing else may be inline, and no script.
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src-elem 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');
