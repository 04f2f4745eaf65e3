/** The report's look: one column of sections, light or dark as the reader's system is. */
export const styleSheet = `
:root{--ground:#f6f6f3;--sheet:#fff;--ink:#1c1f23;--soft:#5d646d;--line:#dfe1dc;--good:#2b6cb0;--defective:#c8501e;--right:#1d7a46;--wrong:#b3261e;--track:#ececE7;--mask:#22262b}
@media (prefers-color-scheme:dark){:root{--ground:#15181b;--sheet:#1e2226;--ink:#e9ebee;--soft:#a3abb5;--line:#343a41;--good:#6fa8e8;--defective:#f0824a;--right:#5cc98b;--wrong:#ff8a80;--track:#2c3137;--mask:#0d0f11}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.top,main{max-width:1120px;margin:0 auto;padding:0 20px}
.top{padding-top:40px}
h1{font-size:2rem;line-height:1.2;margin:0;letter-spacing:-.02em}
.top p{margin:6px 0 0;color:var(--soft);font-size:1.05rem}
h2{font-size:1.3rem;margin:48px 0 4px;letter-spacing:-.01em}
h3{font-size:1.1rem;margin:28px 0 10px}
h4{font-size:.95rem;margin:0}
.lead{margin:0 0 16px;color:var(--soft);max-width:46em}
main{padding-bottom:64px}
dl,dd,figure{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:28px}
.tiles div{display:flex;flex-direction:column;background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:16px 18px}
.tiles dd{font-size:1.9rem;font-weight:650;line-height:1.15;letter-spacing:-.02em}
.tiles+.lead{margin-top:12px}
.tiles dt{color:var(--soft);font-size:.9rem}
.scroll{overflow-x:auto;background:var(--sheet);border:1px solid var(--line);border-radius:12px}
table{border-collapse:collapse;width:100%}
th,td{padding:9px 16px;text-align:right;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-size:.85rem;font-weight:500;vertical-align:bottom}
th:first-child,.name{text-align:left}
tbody th{font-weight:500}
tfoot th,tfoot td{font-weight:650;border-top:2px solid var(--line)}
.facts{background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:6px 18px;margin-top:12px}
.facts div{display:grid;grid-template-columns:110px 1fr;gap:12px;padding:8px 0}
.facts div+div{border-top:1px solid var(--line)}
.facts dt{color:var(--soft)}
.facts dd{overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr));gap:12px}
.charts.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}
.chart{background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:12px 14px}
.chart figcaption{display:flex;justify-content:space-between;gap:8px;margin-bottom:4px}
.chart figcaption b{font-weight:600}
.chart figcaption span{color:var(--soft);white-space:nowrap}
.none{color:var(--soft);font-size:.9rem}
svg{display:block;width:100%;height:auto;color:var(--soft)}
h3,figcaption b,tbody th,nav a{overflow-wrap:anywhere}
tbody th{min-width:8.8em}
td{white-space:nowrap}
td small,th small{display:block;color:var(--soft);font-size:.75rem;font-weight:400;white-space:nowrap}
.figures th,.figures td{padding-left:10px;padding-right:10px;vertical-align:top}
tfoot tr+tr th,tfoot tr+tr td{border-top:1px solid var(--line);font-weight:500}
.scale{max-width:380px;margin:0 0 16px}
.scale figcaption{color:var(--soft);font-size:.85rem}
td.right{color:var(--right)}
td.wrong{color:var(--wrong)}
td.none{text-align:center}
th[scope=rowgroup]{vertical-align:top}
tbody th[scope=row]{text-align:left}
.key::before{content:"";display:inline-block;width:.75em;height:.75em;border-radius:3px;margin-right:.35em;background:currentColor}
.key.good{color:var(--good)}
.key.defective{color:var(--defective)}
nav{display:flex;flex-wrap:wrap;gap:8px}
nav a{color:inherit;text-decoration:none;background:var(--sheet);border:1px solid var(--line);border-radius:99px;padding:4px 14px;font-size:.92rem}
nav a:hover,nav a:focus-visible{border-color:var(--good);color:var(--good)}
.kind{scroll-margin-top:12px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:12px}
.card{background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:14px}
.card header{display:flex;justify-content:space-between;align-items:baseline;gap:8px;margin-bottom:10px}
.verdict{font-size:.85rem;font-weight:600;white-space:nowrap}
.verdict.right{color:var(--right)}
.verdict.wrong{color:var(--wrong)}
.pictures{display:grid;grid-template-columns:repeat(3,1fr);gap:6px}
.pictures img{display:block;width:100%;height:auto;border-radius:6px}
.pictures figcaption{font-size:.75rem;color:var(--soft);text-align:center;margin-top:2px}
.pictures figure{display:flex;flex-direction:column}
.mask{flex:1;display:flex;align-items:center;justify-content:center;background:var(--mask);border-radius:6px;overflow:hidden}
.nothing{color:#9aa3ad;font-size:.8rem}
.bar{position:relative;height:8px;border-radius:4px;background:var(--track);margin:12px 0 6px}
.bar i{position:absolute;left:0;top:0;bottom:0;border-radius:4px}
.bar i.good{background:var(--good)}
.bar i.defective{background:var(--defective)}
.bar b{position:absolute;top:-3px;bottom:-3px;width:2px;margin-left:-1px;background:var(--ink)}
.card p{margin:0;display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;font-size:.88rem}
.file{color:var(--soft);overflow-wrap:anywhere;font-size:.8rem}
@media (max-width:560px){.top{padding-top:24px}h1{font-size:1.6rem}.top,main{padding-left:14px;padding-right:14px}.tiles{grid-template-columns:1fr 1fr}.tiles dd{font-size:1.5rem}.tiles div{padding:12px 14px}th,td,.figures th,.figures td{padding:8px 6px;font-size:.86rem}.facts div{grid-template-columns:84px 1fr;font-size:.92rem}}
@media print{body{background:#fff}.card,.chart{break-inside:avoid}nav{display:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`;
