// Shows what is under the pointer: a line through the chart, and every curve's value at the nearest step. It reads the
// JSON that LineChart writes into each figure and makes no network requests.
// SPDX-License-Identifier: Apache-2.0

enum HoverScript {
    /// 760, 28 and 268 are the width and the vertical plot range of LineChart.swift's view box; 3 % of the axis is how
    /// far a curve's nearest point may be to count.
    static let text = """
        document.querySelectorAll("figure.chart").forEach(figure=>{
          const series=JSON.parse(figure.querySelector("script").textContent);
          const tip=document.createElement("div");tip.className="tip";tip.hidden=true;figure.append(tip);
          figure.querySelectorAll("svg[data-x0]").forEach(svg=>{
            const column=svg.parentNode.className==="by-steps"?0:1,d=svg.dataset;
            const [x0,x1,left,right]=[+d.x0,+d.x1,+d.left,+d.right];
            const cursor=document.createElementNS(svg.namespaceURI,"path");cursor.setAttribute("class","cursor");
            svg.append(cursor);
            const nearest=(points,x)=>{let low=0,high=points.length-1;
              while(high-low>1){const middle=low+high>>1;points[middle][column]<x?low=middle:high=middle}
              return x-points[low][column]<points[high][column]-x?points[low]:points[high]};
            const hide=()=>{tip.hidden=true;cursor.removeAttribute("d")};
            svg.addEventListener("pointerleave",hide);
            svg.addEventListener("pointermove",event=>{
              const box=svg.getBoundingClientRect(),at=(event.clientX-box.left)*760/box.width;
              if(at<left||at>right)return hide();
              const x=x0+(at-left)/(right-left)*(x1-x0);
              const reach=(x1-x0)*.03;
              const rows=series.filter(s=>s.p.length).map(s=>[s,nearest(s.p,x)])
                .filter(([s,p])=>Math.abs(p[column]-x)<=reach);
              if(!rows.length)return hide();
              const head=rows.reduce((a,b)=>Math.abs(a[1][column]-x)<=Math.abs(b[1][column]-x)?a:b)[1];
              tip.replaceChildren();
              const title=document.createElement("div");
              title.textContent=`step ${head[0].toLocaleString("en")}, ${head[1].toLocaleString("en")} tokens`;
              tip.append(title);
              for(const [s,p] of rows){const row=document.createElement("div"),color=document.createElement("i");
                color.className="b "+s.c;row.append(color,`${s.n} ${p[2]}`);tip.append(row)}
              cursor.setAttribute("d",`M${left+(head[column]-x0)/(x1-x0)*(right-left)},28 V268`);
              tip.hidden=false;
              const figureBox=figure.getBoundingClientRect(),half=event.clientX-figureBox.left;
              tip.style.top=(box.top-figureBox.top+8)+"px";
              tip.style.left=Math.max(0,half>figureBox.width/2?half-tip.offsetWidth-14:half+14)+"px";
            });
          });
        });
        """
}
