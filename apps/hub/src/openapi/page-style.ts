/** The style sheet of the page at `/docs`, over Swagger UI's own. Pure. */
export const STYLE = `:root {
  --ink: #101828;
  --paper: #ffffff;
  --soft: #475467;
  --line: #e4e7ec;
  --mark: #3538cd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #f2f4f7;
    --paper: #1c2022;
    --soft: #98a2b3;
    --line: #2b303b;
    --mark: #a4bcfd;
  }
}
html { background: var(--paper); color: var(--ink); }
body { margin: 0; background: var(--paper); font-family: ui-sans-serif, system-ui, sans-serif; }
.top {
  display: flex; gap: 12px; align-items: center; border-bottom: 1px solid var(--line);
  padding: 12px max(20px, calc((100vw - 1080px) / 2));
}
.top a { color: var(--ink); text-decoration: none; }
.top .name { display: flex; gap: 10px; align-items: center; font-weight: 650; font-size: 18px; }
.top .what { color: var(--soft); }
.top .file { margin-left: auto; color: var(--mark); font-size: 14px; }
.swagger-ui, .swagger-ui .opblock-tag, .swagger-ui .info .title, .swagger-ui .info p, .swagger-ui .info li,
.swagger-ui .opblock .opblock-summary-description, .swagger-ui .opblock-description-wrapper p,
.swagger-ui table thead tr th, .swagger-ui .parameter__name, .swagger-ui .btn, .swagger-ui label,
.swagger-ui .response-col_status, .swagger-ui .tab li, .swagger-ui .scheme-container .schemes > label {
  font-family: ui-sans-serif, system-ui, sans-serif;
}
.swagger-ui .wrapper { max-width: 1120px; padding: 0 20px; box-sizing: border-box; }
.swagger-ui .info { margin: 32px 0 20px; }
.swagger-ui .info .title { font-size: 30px; letter-spacing: -0.01em; }
.swagger-ui .info .main .link { display: none; }
.swagger-ui .info p, .swagger-ui .info li { font-size: 15px; line-height: 1.6; max-width: 76ch; }
.swagger-ui .markdown p, .swagger-ui .renderedMarkdown p { margin-left: 0; margin-right: 0; }
.swagger-ui .info .info__license, .swagger-ui .info .info__summary { font-size: 15px; }
.swagger-ui .scheme-container { background: transparent; box-shadow: none; padding: 0 0 8px; margin: 0; }
.dark-mode .swagger-ui .scheme-container { background: transparent; box-shadow: none; }
.swagger-ui .scheme-container .auth-wrapper { margin-left: -10px; }
.swagger-ui .scheme-container .servers, .swagger-ui .scheme-container .servers-title { display: none; }
.swagger-ui .information-container.wrapper, .swagger-ui .scheme-container .schemes.wrapper { padding: 0 20px; }
.swagger-ui .scheme-container .auth-wrapper .authorize { margin: 0; padding-right: 12px; }
.swagger-ui .scheme-container .schemes { justify-content: flex-start; }
.swagger-ui .scheme-container .schemes-server-container { display: none; }
.swagger-ui .response-col_links { display: none; }
.swagger-ui .scheme-container .schemes .auth-wrapper { justify-content: flex-start; }
.swagger-ui .btn.authorize { border-color: var(--mark); color: var(--mark); }
.swagger-ui .btn.authorize svg { fill: var(--mark); }
.swagger-ui .filter .operation-filter-input { width: 100%; max-width: none; box-sizing: border-box; margin: 12px 0; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px; font-size: 15px; }
.swagger-ui .opblock-tag { font-size: 18px; padding: 12px 0; border-bottom-color: var(--line); }
.swagger-ui .opblock-tag small { font-size: 14px; color: var(--soft); padding: 0 12px; }
.swagger-ui .opblock { box-shadow: none; border-radius: 8px; margin: 0 0 8px; }
.swagger-ui .opblock .opblock-summary { padding: 4px 8px; }
.swagger-ui .opblock .opblock-summary-method { border-radius: 6px; font-size: 12px; min-width: 66px; padding: 5px 0; }
.swagger-ui .opblock .opblock-summary-path { font-size: 14px; font-weight: 600; }
.swagger-ui .opblock .opblock-section-header { box-shadow: none; }
.swagger-ui .opblock-description-wrapper { margin: 0; padding: 15px 20px; }
.swagger-ui .opblock-description-wrapper p { font-size: 14px; line-height: 1.6; max-width: 80ch; }
.swagger-ui .response-col_description p { margin: 4px 0; }
@media (max-width: 700px) {
  .swagger-ui .opblock-tag { flex-wrap: wrap; }
  .swagger-ui .opblock-tag small { order: 3; flex-basis: 100%; padding: 4px 0 0; }
  .swagger-ui .opblock-tag > span, .swagger-ui .opblock-tag > a { flex: 1; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path-description-wrapper { flex-wrap: wrap; min-width: 0; gap: 2px 8px; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; overflow-wrap: anywhere; }
  .swagger-ui .opblock .opblock-summary-description { text-align: left; flex-basis: 100%; }
  .swagger-ui table.parameters td, .swagger-ui table.responses-table td { overflow-wrap: anywhere; }
  .top .what { display: none; }
}
`;
