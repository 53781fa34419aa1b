void xm_placeholder_sp(void);
